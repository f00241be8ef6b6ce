#include "agent/core/field_names.h"

#include <algorithm>
#include <array>
#include <functional>

#include "agent/base/ascii.h"

namespace storeward {
namespace {

struct Entry {
  std::string_view name;
  FieldMeaning meaning;
  SecretForm form = SecretForm::none;
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
    {"cardcode", FieldMeaning::secret, SecretForm::code},
    {"cardcvc", FieldMeaning::secret, SecretForm::code},
    {"cardcvv", FieldMeaning::secret, SecretForm::code},
    {"cardno", FieldMeaning::card_number},
    {"cardnum", FieldMeaning::card_number},
    {"cardnumber", FieldMeaning::card_number},
    {"cardpan", FieldMeaning::card_number},
    {"cardpin", FieldMeaning::secret, SecretForm::pin},
    {"cardref", FieldMeaning::loyalty},
    {"cardsecuritycode", FieldMeaning::secret, SecretForm::code},
    {"cardtrack", FieldMeaning::secret, SecretForm::track},
    {"cardverificationcode", FieldMeaning::secret, SecretForm::code},
    {"cardverificationnumber", FieldMeaning::secret, SecretForm::code},
    {"cardverificationvalue", FieldMeaning::secret, SecretForm::code},
    {"cav2", FieldMeaning::secret, SecretForm::code},
    {"childepcs", FieldMeaning::gs1},
    {"cid", FieldMeaning::secret, SecretForm::code},
    {"contentgtin", FieldMeaning::gs1},
    {"creditcardnumber", FieldMeaning::card_number},
    {"customerref", FieldMeaning::loyalty},
    {"cvc", FieldMeaning::secret, SecretForm::code},
    {"cvc2", FieldMeaning::secret, SecretForm::code},
    {"cvccode", FieldMeaning::secret, SecretForm::code},
    {"cvn", FieldMeaning::secret, SecretForm::code},
    {"cvnumber", FieldMeaning::secret, SecretForm::code},
    {"cvv", FieldMeaning::secret, SecretForm::code},
    {"cvv2", FieldMeaning::secret, SecretForm::code},
    {"cvvcode", FieldMeaning::secret, SecretForm::code},
    {"ean", FieldMeaning::gs1},
    {"ean13", FieldMeaning::gs1},
    {"ean8", FieldMeaning::gs1},
    {"emvpan", FieldMeaning::card_number},
    {"encryptedpin", FieldMeaning::secret, SecretForm::cipher},
    {"encryptedsecuritycode", FieldMeaning::secret, SecretForm::cipher},
    {"epc", FieldMeaning::gs1},
    {"epcclass", FieldMeaning::gs1},
    {"epclist", FieldMeaning::gs1},
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
    {"magneticstripe", FieldMeaning::secret, SecretForm::track},
    {"magstripe", FieldMeaning::secret, SecretForm::track},
    {"membernumber", FieldMeaning::loyalty},
    {"membershipnumber", FieldMeaning::loyalty},
    {"pan", FieldMeaning::card_number},
    {"parentid", FieldMeaning::gs1},
    {"pin", FieldMeaning::secret, SecretForm::pin},
    {"pinblock", FieldMeaning::secret, SecretForm::cipher},
    {"pindata", FieldMeaning::secret, SecretForm::cipher},
    {"primaryaccountnumber", FieldMeaning::card_number},
    {"raw", FieldMeaning::gs1},
    {"rawsha256", FieldMeaning::digest},
    {"securitycode", FieldMeaning::secret, SecretForm::code},
    {"shipfrom", FieldMeaning::gs1},
    {"shipto", FieldMeaning::gs1},
    {"siteid", FieldMeaning::gs1},
    {"sku", FieldMeaning::gs1},
    {"sscc", FieldMeaning::gs1},
    {"sscc18", FieldMeaning::gs1},
    {"tolocationid", FieldMeaning::gs1},
    {"track1", FieldMeaning::secret, SecretForm::track},
    {"track1data", FieldMeaning::secret, SecretForm::track},
    {"track2", FieldMeaning::secret, SecretForm::track},
    {"track2data", FieldMeaning::secret, SecretForm::track},
    {"track2equivalentdata", FieldMeaning::secret, SecretForm::track},
    {"track3", FieldMeaning::secret, SecretForm::track},
    {"track3data", FieldMeaning::secret, SecretForm::track},
    {"trackdata", FieldMeaning::secret, SecretForm::track},
    {"upc", FieldMeaning::gs1},
    {"verificationvalue", FieldMeaning::secret, SecretForm::code},
};

static_assert(std::ranges::is_sorted(entries, {}, &Entry::name));
static_assert(std::ranges::all_of(entries, [](const Entry& e) {
  return (e.meaning == FieldMeaning::secret) == (e.form != SecretForm::none);
}));

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

constexpr bool is_secret(const Entry& entry) {
  return entry.meaning == FieldMeaning::secret;
}

constexpr auto secrets = [] {
  std::array<SecretName, std::ranges::count_if(entries, is_secret)> names{};
  std::size_t count = 0;
  for (const Entry& entry : entries) {
    if (is_secret(entry)) names[count++] = {entry.name, entry.form};
  }
  std::ranges::sort(names, std::greater(), [](const SecretName& one) { return one.name.size(); });
  return names;
}();

}  // namespace

FieldMeaning meaning_of(std::string_view name) {
  char plain[longest_name];
  std::size_t size = 0;
  for (const char c : name) {
    if (c == '_' || c == '-' || c == '.' || c == ' ') continue;
    if (size == longest_name) return FieldMeaning::other;
    plain[size++] = to_lower(c);
  }
  if (size == 0 || (lengths[static_cast<unsigned char>(plain[0])] >> size & 1) == 0) {
    return FieldMeaning::other;
  }
  const std::string_view wanted(plain, size);
  const Entry* entry = std::ranges::lower_bound(entries, wanted, {}, &Entry::name);
  if (entry == std::end(entries) || entry->name != wanted) return FieldMeaning::other;
  return entry->meaning;
}

std::span<const SecretName> secret_names() {
  return secrets;
}

}  // namespace storeward
