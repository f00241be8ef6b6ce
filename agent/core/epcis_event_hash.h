// The event hash id of EPCIS: an id made of what an event says, so that whoever captured the same
// event without an eventID knows it by the same one (GS1 Core Business Vocabulary 2.0 section 8.9,
// "EPCIS Event Hash ID"; of JSON and JSON-LD only). Pure.
//
// The event's members, in the standard's order and form, make one text without blanks between
// them, the pre-hash text; the id is its SHA-256. eventID, recordTime and errorDeclaration are left
// out by the standard: an event that is declared wrong has the id of the one it repeats.
//
// Where the standard, or what is built on it, does not say for certain what the text is, there is
// no id, and the reason is given: a wrong id is worse than none. So it is with
//   sensorElementList, certificationInfo, and extensions within readPoint, bizLocation and other
//   members of the standard; extensions whose prefix the @context of document and event does not
//   declare as a text, of the vocabularies of GS1 (gs1, cbv, epcis), or without a prefix; comments
//   (rdfs); values with such a prefix (but cbv:); EPCs and Digital Links that have no certain
//   canonical form (gs1_canonical_uri.h); numbers with a plus, a zero in front or an exponent, and
//   times in extensions that are not UTC with three decimals.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/core/record.h"

namespace storeward::epcis {

// The prefixes that @context declares.
class Namespaces {
 public:
  // Of the object `holder`: a document or an event. A later declaration stands before an earlier.
  void add_context(const Record& record, Record::Node holder);

  bool has(std::string_view prefix) const { return names_.contains(prefix); }
  // Nothing where it is not declared, or not as a plain text.
  std::optional<std::string_view> name_of(std::string_view prefix) const;

 private:
  std::map<std::string, std::string, std::less<>> names_;  // empty: declared as something else
};

// `event` is the object of an event as JsonElement reads it; `document` what the document around it
// declares (the event's own @context is looked at besides).
Result<std::string> pre_hash_text(const Record& record, Record::Node event,
                                  const Namespaces& document);

// "ni:///sha-256;…?ver=CBV2.0". Fails as pre_hash_text() does.
Result<std::string> event_hash_id(const Record& record, Record::Node event,
                                  const Namespaces& document);

}  // namespace storeward::epcis
