#include "agent/core/gs1_identifiers.h"

#include <algorithm>
#include <charconv>

#include "agent/base/ascii.h"

namespace storeward::gs1 {
namespace {

constexpr unsigned predefined = Identifier::predefined, attribute = Identifier::attribute,
                   key = Identifier::key;

// Letters behind a length: c check digit of all digits so far; d date, day 00 allowed; D date; Y
// date with four digits of the year; t hour and minute; h hour; m minute or second; z zero; n not
// zero; w winding direction; b yes or no; p piece of a total.
// clang-format off
constexpr Identifier identifiers[] = {
    {0, 0, 2, -1, predefined | attribute | key, "N18c", "", "", "", "sscc"},
    {1, 1, 2, -1, predefined | attribute | key, "N14c", "", "255,37", "22,10,21|235", "gtin"},
    {2, 2, 2, -1, predefined | attribute, "N14c", "37", "01,03", "", "contentGtin"},
    {3, 3, 2, -1, predefined, "N14c", "", "01,02,37,235", "", "madeToOrderGtin"},
    {10, 10, 2, -1, attribute, "X..20", "01,02,03,8006,8026", "", "", "lot"},
    {11, 11, 2, -1, predefined | attribute, "N6d", "01,02,03,8006,8026", "", "", "productionDate"},
    {12, 12, 2, -1, predefined | attribute, "N6d", "8020", "", "", "dueDate"},
    {13, 13, 2, -1, predefined | attribute, "N6d", "01,02,03,8006,8026", "", "", "packagingDate"},
    {15, 15, 2, -1, predefined | attribute, "N6d", "01,02,03,8006,8026", "", "", "bestBefore"},
    {16, 16, 2, -1, predefined | attribute, "N6d", "01,02,03,8006,8026", "", "", "sellBy"},
    {17, 17, 2, -1, predefined | attribute, "N6d", "01,02,03,255,8006,8026", "", "", "expiry"},
    {20, 20, 2, -1, predefined | attribute, "N2", "01,02,03,8006,8026", "", "", "variant"},
    {21, 21, 2, -1, 0, "X..20", "01,03,8006", "235", "", "serial"},
    {22, 22, 2, -1, 0, "X..20", "01", "", "", "consumerVariant"},
    {235, 235, 3, -1, 0, "X..28", "01", "", "", "thirdPartySerial"},
    {240, 240, 3, -1, attribute, "X..30", "01,02,03,8006,8026", "", "", "additionalId"},
    {241, 241, 3, -1, attribute, "X..30", "01,02,03,8006,8026", "", "", "customerPart"},
    {242, 242, 3, -1, attribute, "N..6", "01,02,8006,8026", "", "", "madeToOrderVariant"},
    {243, 243, 3, -1, attribute, "X..20", "01,03", "", "", "packagingComponent"},
    {250, 250, 3, -1, attribute, "X..30", "01+21,03+21,8006+21", "", "", "secondarySerial"},
    {251, 251, 3, -1, attribute, "X..30", "01,03,8006", "", "", "sourceReference"},
    {253, 253, 3, -1, attribute | key, "N13c [X..17]", "", "", "", "gdti"},
    {254, 254, 3, -1, 0, "X..20", "414", "", "", "glnExtension"},
    {255, 255, 3, -1, attribute | key, "N13c [N..12]", "", "01,02,415,8006,8020,8026", "",
     "couponNumber"},
    {30, 30, 2, -1, attribute, "N..8", "01,02", "", "", "count"},
    {310, 310, 4, 5, predefined | attribute, "N6", "01,02", "", "", "netWeightKg"},
    {311, 311, 4, 5, predefined | attribute, "N6", "01,02", "", "", "lengthM"},
    {312, 312, 4, 5, predefined | attribute, "N6", "01,02", "", "", "widthM"},
    {313, 313, 4, 5, predefined | attribute, "N6", "01,02", "", "", "heightM"},
    {314, 314, 4, 5, predefined | attribute, "N6", "01,02", "", "", "areaM2"},
    {315, 315, 4, 5, predefined | attribute, "N6", "01,02", "", "", "netVolumeL"},
    {316, 316, 4, 5, predefined | attribute, "N6", "01,02", "", "", "netVolumeM3"},
    {320, 320, 4, 5, predefined | attribute, "N6", "01,02", "", "", "netWeightLb"},
    {321, 329, 4, 5, predefined | attribute, "N6", "01,02", "", "", ""},
    {330, 330, 4, 5, predefined | attribute, "N6", "00,01", "", "", "grossWeightKg"},
    {331, 336, 4, 5, predefined | attribute, "N6", "00,01", "", "", ""},
    {337, 337, 4, 5, predefined | attribute, "N6", "01", "", "", "kgPerM2"},
    {340, 340, 4, 5, predefined | attribute, "N6", "00,01", "", "", "grossWeightLb"},
    {341, 349, 4, 5, predefined | attribute, "N6", "00,01", "", "", ""},
    {350, 352, 4, 5, predefined | attribute, "N6", "01,02", "", "", ""},
    {353, 355, 4, 5, predefined | attribute, "N6", "00,01", "", "", ""},
    {356, 357, 4, 5, predefined | attribute, "N6", "01,02", "", "", ""},
    {360, 361, 4, 5, predefined | attribute, "N6", "01,02", "", "", ""},
    {362, 363, 4, 5, predefined | attribute, "N6", "00,01", "", "", ""},
    {364, 366, 4, 5, predefined | attribute, "N6", "01,02", "", "", ""},
    {367, 369, 4, 5, predefined | attribute, "N6", "00,01", "", "", ""},
    {37, 37, 2, -1, attribute, "N..8", "00+02,00+8026", "", "", "contentCount"},
    {390, 390, 4, 9, attribute, "N..15", "255,8020", "391n,394n,8111", "", "amount"},
    {391, 391, 4, 9, attribute, "N3 N..15", "8020", "", "", "amount"},
    {392, 392, 4, 9, attribute, "N..15", "01+30,01+31nn,01+32nn,01+35nn,01+36nn", "393n", "",
     "price"},
    {393, 393, 4, 9, attribute, "N3 N..15", "30,31nn,32nn,35nn,36nn", "", "", "price"},
    {394, 394, 4, 3, attribute, "N4", "255", "8111", "", "percentOff"},
    {395, 395, 4, 5, attribute, "N6", "30,31nn,32nn,35nn,36nn", "392n,393n,8005", "", ""},
    {400, 400, 3, -1, attribute, "X..30", "", "", "", "customerOrder"},
    {401, 401, 3, -1, attribute | key, "X..30", "", "", "", "ginc"},
    {402, 402, 3, -1, attribute | key, "N17c", "", "", "", "gsin"},
    {403, 403, 3, -1, attribute, "X..30", "00", "", "", "route"},
    {410, 410, 3, -1, predefined | attribute, "N13c", "", "", "", "shipToGln"},
    {411, 411, 3, -1, predefined | attribute, "N13c", "", "", "", "billToGln"},
    {412, 412, 3, -1, predefined | attribute, "N13c", "", "", "", "supplierGln"},
    {413, 413, 3, -1, predefined | attribute, "N13c", "", "", "", "shipForGln"},
    {414, 414, 3, -1, predefined | attribute | key, "N13c", "", "", "254|7040", "gln"},
    {415, 415, 3, -1, predefined | attribute | key, "N13c", "8020", "", "8020", "payToGln"},
    {416, 416, 3, -1, predefined | attribute, "N13c", "", "", "", "productionGln"},
    {417, 417, 3, -1, predefined | attribute | key, "N13c", "", "", "7040", "partyGln"},
    {420, 420, 3, -1, attribute, "X..20", "", "421", "", "shipToPostcode"},
    {421, 421, 3, -1, attribute, "N3 X..9", "", "4307", "", "shipToPostcode"},
    {422, 422, 3, -1, attribute, "N3", "01,02,03,8006,8026", "426", "", "originCountry"},
    {423, 423, 3, -1, attribute, "N3 [N3] [N3] [N3] [N3]", "01,02,03", "426", "", ""},
    {424, 424, 3, -1, attribute, "N3", "01,02,03", "426", "", ""},
    {425, 425, 3, -1, attribute, "N3 [N3] [N3] [N3] [N3]", "01,02,03", "426", "", ""},
    {426, 426, 3, -1, attribute, "N3", "01,02,03", "", "", ""},
    {427, 427, 3, -1, attribute, "X..3", "01+422,02+422,03+422", "", "", ""},
    {4300, 4301, 4, -1, attribute, "X..35", "00", "", "", ""},
    {4302, 4302, 4, -1, attribute, "X..70", "00", "", "", ""},
    {4303, 4303, 4, -1, attribute, "X..70", "4302", "", "", ""},
    {4304, 4306, 4, -1, attribute, "X..70", "00", "", "", ""},
    {4307, 4307, 4, -1, attribute, "X2", "00", "", "", ""},
    {4308, 4308, 4, -1, attribute, "X..30", "00", "", "", ""},
    {4309, 4309, 4, -1, attribute, "N10 N10", "00", "", "", ""},
    {4310, 4311, 4, -1, attribute, "X..35", "00", "", "", ""},
    {4312, 4312, 4, -1, attribute, "X..70", "00", "", "", ""},
    {4313, 4313, 4, -1, attribute, "X..70", "4312", "", "", ""},
    {4314, 4316, 4, -1, attribute, "X..70", "00", "", "", ""},
    {4317, 4317, 4, -1, attribute, "X2", "00", "", "", ""},
    {4318, 4318, 4, -1, attribute, "X..20", "00", "", "", ""},
    {4319, 4319, 4, -1, attribute, "X..30", "00", "", "", ""},
    {4320, 4320, 4, -1, attribute, "X..35", "00", "", "", ""},
    {4321, 4323, 4, -1, attribute, "N1b", "00", "", "", ""},
    {4324, 4325, 4, -1, attribute, "N6d N4t", "00", "", "", ""},
    {4326, 4326, 4, -1, attribute, "N6D", "00", "", "", ""},
    {4330, 4330, 4, -1, attribute, "N6 [X1]", "00", "4331", "", ""},
    {4331, 4331, 4, -1, attribute, "N6 [X1]", "00", "4330", "", ""},
    {4332, 4332, 4, -1, attribute, "N6 [X1]", "00", "4333", "", ""},
    {4333, 4333, 4, -1, attribute, "N6 [X1]", "00", "4332", "", ""},
    {7001, 7001, 4, -1, attribute, "N13", "01,02,8006,8026", "", "", ""},
    {7002, 7002, 4, -1, attribute, "X..30", "01,02", "", "", ""},
    {7003, 7003, 4, -1, attribute, "N6D N4t", "01,02,03", "", "", "expiryTime"},
    {7004, 7004, 4, -1, attribute, "N..4", "01+10,03+10", "", "", ""},
    {7005, 7005, 4, -1, attribute, "X..12", "01,02", "", "", ""},
    {7006, 7006, 4, -1, attribute, "N6D", "01,02", "", "", ""},
    {7007, 7007, 4, -1, attribute, "N6D [N6D]", "01,02", "", "", ""},
    {7008, 7008, 4, -1, attribute, "X..3", "01,02", "", "", ""},
    {7009, 7009, 4, -1, attribute, "X..10", "01,02", "", "", ""},
    {7010, 7010, 4, -1, attribute, "X..2", "01,02,03", "", "", ""},
    {7011, 7011, 4, -1, attribute, "N6D [N4t]", "01,02,03", "", "", ""},
    {7020, 7020, 4, -1, attribute, "X..20", "01+416,03+416,8006+416", "", "", ""},
    {7021, 7021, 4, -1, attribute, "X..20", "01,03,8006", "", "", ""},
    {7022, 7022, 4, -1, attribute, "X..20", "01+7021,03+7021,8006+7021", "", "", ""},
    {7023, 7023, 4, -1, attribute, "X..30", "", "", "", ""},
    {7030, 7039, 4, -1, attribute, "N3 X..27", "01,02", "", "", ""},
    {7040, 7040, 4, -1, 0, "N1 X1 X1 X1", "", "", "", ""},
    {7041, 7041, 4, -1, 0, "X..4", "00", "", "", ""},
    {710, 717, 3, -1, attribute, "X..20", "01", "", "", ""},
    {7230, 7239, 4, -1, attribute, "X2 X..28", "01,8004", "", "", ""},
    {7240, 7240, 4, -1, attribute, "X..20", "01,8006", "03", "", ""},
    {7241, 7241, 4, -1, attribute, "N2", "8017,8018", "", "", ""},
    {7242, 7242, 4, -1, attribute, "X..25", "8017,8018", "", "", ""},
    {7250, 7250, 4, -1, attribute, "N8Y", "8018", "7251", "", ""},
    {7251, 7251, 4, -1, attribute, "N8Y N4t", "8018", "7250", "", ""},
    {7252, 7252, 4, -1, attribute, "N1", "8018", "", "", ""},
    {7253, 7254, 4, -1, attribute, "X..40", "8017,8018", "7256,7259", "", ""},
    {7255, 7255, 4, -1, attribute, "X..10", "8017,8018", "7256,7259", "", ""},
    {7256, 7256, 4, -1, attribute, "X..90", "8017,8018", "", "", ""},
    {7257, 7257, 4, -1, attribute, "X..70", "8018", "", "", ""},
    {7258, 7258, 4, -1, attribute, "X3", "8018+7259", "", "", ""},
    {7259, 7259, 4, -1, attribute, "X..40", "8018", "7256", "", ""},
    {8001, 8001, 4, -1, attribute, "N4n N5n N3n N1w N1", "01", "", "", ""},
    {8002, 8002, 4, -1, attribute, "X..20", "", "", "", ""},
    {8003, 8003, 4, -1, attribute | key, "N1z N13c [X..16]", "", "", "", "grai"},
    {8004, 8004, 4, -1, attribute | key, "X..30", "", "", "7040", "giai"},
    {8005, 8005, 4, -1, attribute, "N6", "01,02", "", "", "unitPrice"},
    {8006, 8006, 4, -1, attribute | key, "N14c N4p", "", "01,03,37", "22,10,21", "itip"},
    {8007, 8007, 4, -1, attribute, "X..34", "415", "", "", ""},
    {8008, 8008, 4, -1, attribute, "N6D N2h [N2m] [N2m]", "01,02,03", "", "", "productionTime"},
    {8009, 8009, 4, -1, attribute, "X..50", "00,01,03", "", "", ""},
    {8010, 8010, 4, -1, attribute | key, "Y..30", "", "", "8011", "cpid"},
    {8011, 8011, 4, -1, 0, "N..12", "8010", "", "", ""},
    {8012, 8012, 4, -1, attribute, "X..20", "01,03,8006", "", "", ""},
    {8013, 8013, 4, -1, attribute | key, "X..25", "", "", "", ""},
    {8014, 8014, 4, -1, 0, "X..25", "01", "", "", ""},
    {8017, 8017, 4, -1, attribute | key, "N18c", "", "8018", "8019", "gsrnProvider"},
    {8018, 8018, 4, -1, attribute | key, "N18c", "", "8017", "8019", "gsrn"},
    {8019, 8019, 4, -1, 0, "N..10", "8017,8018", "", "", ""},
    {8020, 8020, 4, -1, 0, "X..25", "415", "", "", "paymentReference"},
    {8026, 8026, 4, -1, attribute, "N14c N4p", "37", "02,03,8006", "", "contentItip"},
    {8030, 8030, 4, -1, attribute, "Z..90",
     "00,01+21,03+21,253,255,8003,8004,8006+21,8010+8011,8017,8018", "", "", ""},
    {8040, 8040, 4, -1, 0, "N15", "01+21", "", "", ""},
    {8041, 8041, 4, -1, 0, "N15", "01+21+8040", "", "", ""},
    {8042, 8042, 4, -1, 0, "N32", "01+21+8040", "", "", ""},
    {8043, 8043, 4, -1, 0, "N18 [N..2]", "01+21+8040", "", "", ""},
    {8110, 8110, 4, -1, attribute, "X..70", "", "", "", "coupon"},
    {8111, 8111, 4, -1, attribute, "N4", "255", "", "", ""},
    {8112, 8112, 4, -1, attribute, "X..70", "", "", "", ""},
    {8200, 8200, 4, -1, 0, "X..70", "01", "", "", "productUrl"},
    {90, 90, 2, -1, attribute, "X..30", "", "", "", "internal"},
    {91, 99, 2, -1, attribute, "X..90", "", "", "", ""},
};
// clang-format on

int number(std::string_view digits) {
  int value = -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

std::string_view next_of(std::string_view& list, char separator) {
  const std::size_t end = list.find(separator);
  const std::string_view name = list.substr(0, end);
  list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
  return name;
}

const Identifier* identifier_at(std::string_view text) {
  for (const Identifier& identifier : identifiers) {
    const auto digits = static_cast<std::size_t>(identifier.digits);
    const std::string_view which = text.substr(0, digits);
    if (which.size() < digits || !all_digits(which)) continue;
    const bool with_decimals = identifier.decimals >= 0;
    const int stem = number(which.substr(0, digits - (with_decimals ? 1 : 0)));
    if (stem < identifier.first || stem > identifier.last) continue;
    if (with_decimals && which.back() - '0' > identifier.decimals) continue;
    return &identifier;
  }
  return nullptr;
}

}  // namespace storeward::gs1
