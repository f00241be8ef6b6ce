// EventHash: what events of EPCIS are called that have no eventID ([format] event_hash): the member
// `eventHash` of the record, their event hash id (agent/core/epcis_event_hash.h). Pure; owned by
// its decoder.
//
// It is made here and not by the template, since here the @context of the document is at hand, and
// once for an event however many of its EPCs become events of their own. A record kept as an
// exception keeps it: an event that is edited later is still the one that was captured.
#pragma once

#include "agent/core/epcis_event_hash.h"
#include "agent/core/record.h"

namespace storeward {

class EventHash {
 public:
  // `frame`: the document, without its events.
  void begin_document(const Record& frame);
  void end_document() { document_ = {}; }

  // Before anything that is not the source's own is added to the record. An event that has an
  // eventID, or whose hash is not certain, stays as it is.
  void add_to(Record& record) const;

 private:
  epcis::Namespaces document_;
};

}  // namespace storeward
