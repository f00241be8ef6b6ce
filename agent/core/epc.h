// Electronic product codes of goods -> GTIN-14 and serial (GS1 EPC Tag Data Standard 2.0): what
// RFID readers report in hex (SGTIN-96), and the URNs of EPCIS. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace storeward {

struct Epc {
  std::string gtin;    // 14 digits
  std::string serial;  // of a UPUI its third party's; empty: a class of goods, not one of them
  std::string lot;     // of urn:epc:class:lgtin
};

// 24 hex digits, any case (a tag of 96 bits), or one of
//   urn:epc:id:sgtin:PREFIX.ITEM.SERIAL         urn:epc:class:lgtin:PREFIX.ITEM.LOT
//   urn:epc:idpat:sgtin:PREFIX.ITEM.*           urn:epc:tag:sgtin-96:FILTER.PREFIX.ITEM.SERIAL
//   urn:epc:id:upui:PREFIX.ITEM.SERIAL          urn:epc:idpat:upui:PREFIX.ITEM.*
// Fails with the reason: other schemes (SSCC, GRAI…) and tags of other lengths are not goods, and a
// piece of an item (ITIP) is not the item.
Result<Epc> read_epc(std::string_view epc);

}  // namespace storeward
