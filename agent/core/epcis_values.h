// Values of EPCIS events in the one form that the event hash id takes them in (GS1 CBV 2.0 section
// 8.9). Pure. Each fails with the reason where that form is not certain; see epcis_event_hash.h.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace storeward::epcis {

// The vocabularies of CBV that events name in short words.
enum class Vocabulary : std::uint8_t { biz_step, disposition, transaction_type, party_type };

// "receiving", "cbv:BizStep-receiving" or "urn:epcglobal:cbv:bizstep:receiving" ->
// "https://ref.gs1.org/cbv/BizStep-receiving"; a word of one's own is a URI and stays. Which steps
// and dispositions there are is the template's to know; of types only CBV's are taken.
Result<std::string> vocabulary_uri(Vocabulary vocabulary, std::string_view text);

// A date and time with its zone -> UTC with three decimals and Z; further digits are rounded, half
// up.
Result<std::string> utc_milliseconds(std::string_view text);

// A number -> without zeros at the end ("452.0" -> "452"); other text as it is.
Result<std::string> trimmed_number(std::string_view text);

// Whether the text is a date and time of a form that would have to be changed.
bool is_other_time(std::string_view text);

}  // namespace storeward::epcis
