#include "agent/core/field_names.h"

#include <algorithm>
#include <array>

namespace storeward {
namespace {

struct Entry {
  std::string_view name;
  FieldMeaning meaning;
};

// Sorted by name. "00", "01", "02", "410" … are GS1 application identifiers.
constexpr Entry entries[] = {
    {"00", FieldMeaning::gs1},
    {"01", FieldMeaning::gs1},
    {"02", FieldMeaning::gs1},
    {"410", FieldMeaning::gs1},
    {"411", FieldMeaning::gs1},
    {"412", FieldMeaning::gs1},
    {"413", FieldMeaning::gs1},
    {"414", FieldMeaning::gs1},
    {"415", FieldMeaning::gs1},
    {"416", FieldMeaning::gs1},
    {"417", FieldMeaning::gs1},
    {"8018", FieldMeaning::gs1},
    {"barcode", FieldMeaning::gs1},
    {"cardcode", FieldMeaning::secret},
    {"cardno", FieldMeaning::card_number},
    {"cardnum", FieldMeaning::card_number},
    {"cardnumber", FieldMeaning::card_number},
    {"cardpan", FieldMeaning::card_number},
    {"cardpin", FieldMeaning::secret},
    {"cardref", FieldMeaning::loyalty},
    {"cardsecuritycode", FieldMeaning::secret},
    {"cardtrack", FieldMeaning::secret},
    {"cardverificationvalue", FieldMeaning::secret},
    {"cav2", FieldMeaning::secret},
    {"cid", FieldMeaning::secret},
    {"contentgtin", FieldMeaning::gs1},
    {"creditcardnumber", FieldMeaning::card_number},
    {"customerref", FieldMeaning::loyalty},
    {"cvc", FieldMeaning::secret},
    {"cvc2", FieldMeaning::secret},
    {"cvn", FieldMeaning::secret},
    {"cvv", FieldMeaning::secret},
    {"cvv2", FieldMeaning::secret},
    {"ean", FieldMeaning::gs1},
    {"ean13", FieldMeaning::gs1},
    {"ean8", FieldMeaning::gs1},
    {"emvpan", FieldMeaning::card_number},
    {"encryptedpin", FieldMeaning::secret},
    {"fromlocationid", FieldMeaning::gs1},
    {"giftcardnumber", FieldMeaning::loyalty},
    {"gln", FieldMeaning::gs1},
    {"gsrn", FieldMeaning::gs1},
    {"gsrnprovider", FieldMeaning::gs1},
    {"gtin", FieldMeaning::gs1},
    {"gtin12", FieldMeaning::gs1},
    {"gtin13", FieldMeaning::gs1},
    {"gtin14", FieldMeaning::gs1},
    {"gtin8", FieldMeaning::gs1},
    {"locationgln", FieldMeaning::gs1},
    {"locationid", FieldMeaning::gs1},
    {"loyalty", FieldMeaning::loyalty},
    {"loyaltyaccount", FieldMeaning::loyalty},
    {"loyaltycard", FieldMeaning::loyalty},
    {"loyaltycardnumber", FieldMeaning::loyalty},
    {"loyaltyid", FieldMeaning::loyalty},
    {"loyaltynumber", FieldMeaning::loyalty},
    {"madetoordergtin", FieldMeaning::gs1},
    {"magneticstripe", FieldMeaning::secret},
    {"magstripe", FieldMeaning::secret},
    {"membernumber", FieldMeaning::loyalty},
    {"membershipnumber", FieldMeaning::loyalty},
    {"pan", FieldMeaning::card_number},
    {"pin", FieldMeaning::secret},
    {"pinblock", FieldMeaning::secret},
    {"pindata", FieldMeaning::secret},
    {"primaryaccountnumber", FieldMeaning::card_number},
    {"raw", FieldMeaning::gs1},
    {"rawsha256", FieldMeaning::digest},
    {"securitycode", FieldMeaning::secret},
    {"shipfrom", FieldMeaning::gs1},
    {"shipto", FieldMeaning::gs1},
    {"siteid", FieldMeaning::gs1},
    {"sku", FieldMeaning::gs1},
    {"sscc", FieldMeaning::gs1},
    {"sscc18", FieldMeaning::gs1},
    {"tolocationid", FieldMeaning::gs1},
    {"track1", FieldMeaning::secret},
    {"track1data", FieldMeaning::secret},
    {"track2", FieldMeaning::secret},
    {"track2data", FieldMeaning::secret},
    {"track2equivalentdata", FieldMeaning::secret},
    {"track3", FieldMeaning::secret},
    {"track3data", FieldMeaning::secret},
    {"trackdata", FieldMeaning::secret},
    {"upc", FieldMeaning::gs1},
    {"verificationvalue", FieldMeaning::secret},
};

static_assert(std::ranges::is_sorted(entries, {}, &Entry::name));

constexpr std::size_t longest_name = 32;

static_assert(std::ranges::all_of(entries,
                                  [](const Entry& e) { return e.name.size() <= longest_name; }));

// By first letter the lengths that occur in the table, as bits: most names are done with here.
constexpr std::array<std::uint64_t, 256> lengths = [] {
  std::array<std::uint64_t, 256> bits{};
  for (const Entry& entry : entries) {
    bits[static_cast<unsigned char>(entry.name[0])] |= std::uint64_t{1} << entry.name.size();
  }
  return bits;
}();

}  // namespace

FieldMeaning meaning_of(std::string_view name) {
  char plain[longest_name];
  std::size_t size = 0;
  for (const char c : name) {
    if (c == '_' || c == '-' || c == '.' || c == ' ') continue;
    if (size == longest_name) return FieldMeaning::other;
    plain[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  if (size == 0 || (lengths[static_cast<unsigned char>(plain[0])] >> size & 1) == 0) {
    return FieldMeaning::other;
  }
  const std::string_view wanted(plain, size);
  const Entry* entry = std::ranges::lower_bound(entries, wanted, {}, &Entry::name);
  if (entry == std::end(entries) || entry->name != wanted) return FieldMeaning::other;
  return entry->meaning;
}

}  // namespace storeward
