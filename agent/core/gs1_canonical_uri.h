// The constrained canonical GS1 Digital Link URI of a thing: one text for it, whichever of its URIs
// a source writes (GS1 CBV 2.0 section 8.9; GS1 Digital Link URI Syntax 1.2 section 4.11; the URNs
// are of the EPC Tag Data Standard 2.0 section 6). Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace storeward::gs1 {

// Of an EPC (urn:epc:id:…), its class (urn:epc:class:lgtin:…) or pattern (urn:epc:idpat:…, with *
// for the serial), or a Digital Link of any domain: https://id.gs1.org/ with the key and its finest
// qualifier (01 and 21, else 10; 414 and 254 …), without query. Any other text is given back as it
// is: a web address without a GS1 key, a geo: URI.
//
// Fails with the reason where it is one of these and has no certain form: not as its scheme says,
// a wrong check digit, a scheme without a GS1 key (gid, adi …), a key that CBV's list has not, or
// characters in a serial or lot whose escape the standards leave open. Of what needs an escape only
// "/" is taken (%2F).
Result<std::string> canonical_uri(std::string_view text);

}  // namespace storeward::gs1
