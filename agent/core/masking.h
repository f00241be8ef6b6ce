// Card masking (promise P4): nothing that was handed in is kept, logged or sent before this has
// run. Pure.
//
// A card number (13 to 19 digits, a known issuer range, a valid check digit, digits possibly parted
// as card_groups.h says and escaped as unescaped_text.h) becomes "************1234". Track data,
// card verification values and PINs become "****". In text this is done wherever it stands; in a
// tree first by the field's name (cvv, pin, track2, pan …: whatever the value), then in every text,
// member name and number. A GTIN, SSCC, GLN or GSRN of exact length and valid check digit in a
// field named for it stays; so does a loyalty or gift card number in its field, unless it is one of
// a major card scheme. A key made of parts ("4012345000009/4102/1") keeps the GLNs among them, and
// anything a reference of the trade, only where a template vouches for the member.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/core/json_tree.h"

namespace storeward {

// Members, by name, that a template vouches for.
struct VouchedMembers {
  // References of the trade (of an order, a shipment): masked only where digits of it are a number
  // of a major card scheme and no more.
  std::vector<std::string> references;
  // Those of a payment provider in what itself or a shop says, where no person types: never.
  std::vector<std::string> provider_references{};
  // Keys of parts parted by '/', some of them GLNs: a part of 13 digits with a valid GS1 check
  // digit is no card number. One in ten of those that begin with 4 looks like an old Visa card's;
  // cards of that length have long been replaced, and a till's text has no such excuse.
  std::vector<std::string> glns;
};

// For anything that is text: raw bodies, messages, paths, header values, log lines. UTF-8 stays
// UTF-8.
std::string mask_text(std::string_view text);

// All of a tree. To be followed by sort_members(): masked names may stand elsewhere.
void mask_tree(JsonTree& tree, const VouchedMembers& vouched = {});

// A JSON text masked as a tree, in canonical form, cut at `limit` bytes. Empty where it cannot be
// read: it fails closed.
std::string mask_json(std::string_view json, std::size_t limit, const VouchedMembers& vouched = {});

// What is kept of a body that could not be read: bytes that are no UTF-8 replaced, at most `limit`
// bytes. Empty where it cannot be looked into (a NUL byte: binary or UTF-16): it fails closed.
std::string mask_unreadable(std::string_view raw, std::size_t limit);

}  // namespace storeward
