// Promise P4 on the way through the templates: whatever the format and wherever in it a card number
// stands, it is in no event and in nothing that is kept of an exception. And the other way round:
// what looks like one and is none (a GTIN, an SSCC, an order's number) is left as it is.
#include <catch2/catch.hpp>

#include <archive.h>
#include <archive_entry.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <sstream>

#include "agent/core/card_number.h"
#include "agent/core/field_names.h"
#include "drivers/feed.h"
#include "tests/support/seed.h"
#include "tests/unit/templates/feed_plan.h"

using namespace storeward;
using templates_test::plan_by;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

const fs::path source = STOREWARD_SOURCE_DIR;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void drop_provider_references(json& value) {
  if (value.is_object()) {
    for (auto at = value.begin(); at != value.end();) {
      at = meaning_of(at.key()) == FieldMeaning::provider ? value.erase(at) : std::next(at);
    }
  }
  if (value.is_structured()) {
    for (json& part : value) drop_provider_references(part);
  }
}

// An event or a record, without what may look like a card's number whatever it is.
std::string without_provider_references(const std::string& text) {
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return text;
  drop_provider_references(value);
  return value.dump();
}

// Everything that would be stored of these bytes: events, and of exceptions all that is kept.
std::string stored(const std::shared_ptr<const FeedPlan>& plan, const std::string& bytes) {
  auto feed = Feed::open(plan, "file", {{"receivedAt", "2026-11-20T09:15:02Z"}, {"sequence", "1"}});
  REQUIRE(feed);
  feed->feed(bytes, true);
  std::string all;
  FedRecord fed;
  while (feed->next(fed) == Fed::record) {
    for (const AdmittedItem& item : fed.items) {
      if (const auto* event = std::get_if<Event>(&item)) {
        all += event->bytes + "\n";
      }
      if (const auto* bad = std::get_if<Rejected>(&item)) {
        all += bad->reason + "\n" + bad->origin.place + "\n" + bad->masked + "\n";
      }
    }
    all += fed.ignored + "\n";
    if (fed.number) {
      all += fed.number->register_id + "\n" + std::to_string(fed.number->number) + "\n";
    }
  }
  return all;
}

std::string stored_without_provider_references(const std::shared_ptr<const FeedPlan>& plan,
                                               const std::string& bytes) {
  std::istringstream lines(stored(plan, bytes));
  std::string all;
  for (std::string line; std::getline(lines, line);)
    all += without_provider_references(line) + "\n";
  return all;
}

// Digits alone, without what may part those of a card number.
std::string digits_joined(const std::string& text) {
  std::string joined;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool parts = text[i] == ' ' || text[i] == '-';
    if (parts && i > 0 && i + 1 < text.size() && std::isdigit(text[i - 1]) != 0 &&
        std::isdigit(text[i + 1]) != 0) {
      continue;
    }
    joined += text[i];
  }
  return joined;
}

// Digits that begin like this, then anything, and at last the check digit of a card number.
std::string luhn_number(std::string digits, std::size_t length, std::mt19937_64& random) {
  while (digits.size() + 1 < length) digits += static_cast<char>('0' + random() % 10);
  for (char check = '0'; check <= '9'; ++check) {
    if (luhn_valid(digits + check)) return digits + check;
  }
  FAIL("no check digit fits");
  return {};
}

std::string card_number(std::mt19937_64& random) {
  constexpr const char* issuers[] = {"4", "51", "55", "2221", "34", "37"};
  const std::string issuer = issuers[random() % std::size(issuers)];
  return luhn_number(issuer, issuer[0] == '3' ? 15 : 16, random);
}

std::string as_written(const std::string& number, std::mt19937_64& random) {
  const auto part = random() % 3;
  if (part == 0) return number;
  std::string written;
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (i > 0 && i % 4 == 0) written += part == 1 ? ' ' : '-';
    written += number[i];
  }
  return written;
}

// With the check digit of a GTIN or SSCC that is at once the one of a card number of an issuer.
std::string like_a_card(std::size_t length, std::mt19937_64& random) {
  for (;;) {
    std::string digits = length == 13 ? "4" : "6";
    while (digits.size() + 1 < length) digits += static_cast<char>('0' + random() % 10);
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      sum += (digits[digits.size() - 1 - i] - '0') * (i % 2 == 0 ? 3 : 1);
    }
    digits += static_cast<char>('0' + (10 - sum % 10) % 10);
    if (luhn_valid(digits)) return digits;
  }
}

// A word of the file, from what parts words in any of the formats to the next such byte.
std::string with_planted(const std::string& bytes, const std::string& card,
                         std::mt19937_64& random) {
  constexpr std::string_view parting = "\"',;|\t\n\r<>*+:~^=()";
  for (int attempt = 0; attempt < 100; ++attempt) {
    const std::size_t at = random() % bytes.size();
    if (parting.find(bytes[at]) != parting.npos) continue;
    const std::size_t before = bytes.find_last_of(parting, at);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    const std::size_t end = std::min(bytes.find_first_of(parting, at), bytes.size());
    return std::string(bytes).replace(begin, end - begin, card);
  }
  return bytes;
}

struct Source {
  std::string by;  // a template
  fs::path file;
};

// The fixtures of the shipped templates, and the formats that none of them has.
std::vector<Source> sources(const fs::path& folder) {
  const auto write = [&folder](const std::string& name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
    return folder / name;
  };
  const std::string scan =
      "[[event]]\ntype = \"retail.scan.observed.v1\"\nkey = [\"code\"]\n[event.data]\n"
      "raw = \"code\"\nat = {const = \"2026-11-20T09:00:00Z\"}\nnote = \"note\"\n";
  const std::string head = "[template]\nname = \"planted\"\nversion = \"1\"\n[format]\n";
  std::vector<Source> all = {
      {write("fixed.toml",
             head +
                 "kind = \"fixed\"\nfixed = [{name = \"code\", start = 1, width = 30}, "
                 "{name = \"note\", start = 31, width = 30}]\n" +
                 scan),
       write("rows.fixed",
             "4006381333016                 found under the shelf\n"
             "A-01-01                       \n")},
      {write("ndjson.toml", head + "kind = \"ndjson\"\n" + scan),
       write("rows.ndjson",
             "{\"code\":\"4006381333016\",\"note\":\"found\",\"n\":17}\n{\"code\":\"B\"}\n")}};
  all.push_back({write("xml.toml", head + "kind = \"xml\"\nrecords = \"Scan\"\n" + scan),
                 write("rows.xml",
                       "<Scans>\n <Scan no=\"1\"><code>4006381333016</code><note>found"
                       "</note></Scan>\n <Scan no=\"2\"><code>B</code></Scan>\n"
                       "</Scans>\n")});
  for (const auto& by : fs::directory_iterator(source / "tests/templates")) {
    const std::string name = by.path().filename().string();
    for (const auto& file : fs::directory_iterator(by.path())) {
      if (!file.path().string().ends_with(".events.ndjson")) all.push_back({name, file.path()});
    }
  }
  return all;
}

}  // namespace

TEST_CASE("a card number planted in any format reaches no event and nothing kept of an exception",
          "[templates][cards]") {
  std::mt19937_64 random(storeward::testing::announced_seed("planted cards"));
  const fs::path folder = fs::temp_directory_path() / ("planted-" + std::to_string(random()));
  fs::create_directories(folder);
  std::set<std::string> formats;
  for (const Source& one : sources(folder)) {
    const auto plan = plan_by(one.by);
    const std::string bytes = text_of(one.file);
    formats.insert(plan->format.kind);
    for (int round = 0; round < 30; ++round) {
      const std::string number = card_number(random);
      const std::string planted = with_planted(bytes, as_written(number, random), random);
      const std::string all = digits_joined(stored_without_provider_references(plan, planted));
      const std::size_t at = all.find(number);
      INFO(one.file << " with " << number << ": "
                    << (at == all.npos ? "" : all.substr(at < 60 ? 0 : at - 60, 120)));
      CHECK(all.find(number) == std::string::npos);
    }
  }
  CHECK(formats == std::set<std::string>{"csv", "csv_set", "edifact", "fixed", "json", "lines",
                                         "ndjson", "x12", "xml"});
  fs::remove_all(folder);
}

TEST_CASE("a GTIN, an SSCC and a reference that look like card numbers are left as they are",
          "[templates][cards]") {
  std::mt19937_64 random(storeward::testing::announced_seed("no cards"));
  const fs::path folder = fs::temp_directory_path() / ("no-cards-" + std::to_string(random()));
  fs::create_directories(folder);
  std::ofstream(folder / "by.toml") << R"(
[template]
name = "no-cards"
version = "1"
[format]
kind = "csv"
[[event]]
type = "retail.shipment.dispatched.v1"
key = ["gtin", "sscc"]
[event.data]
shipmentKey = {const = "s"}
direction = {const = "out"}
at = {const = "2026-11-20T09:00:00Z"}
pspReference = {path = "ref", reference = true}
[event.data.packages]
each = "sscc"
item = {sscc = "."}
[event.data.lines]
each = "gtin"
item = {gtin = ".", quantity = {const = "1"}}
)";
  const auto plan = plan_by((folder / "by.toml").string());
  for (int round = 0; round < 200; ++round) {
    const std::string gtin = like_a_card(13, random), sscc = like_a_card(18, random);
    const std::string reference = card_number(random);
    const std::string all =
        stored(plan, "gtin,sscc,ref\n" + gtin + "," + sscc + "," + reference + "\n");
    INFO(gtin << " " << sscc << " " << reference);
    CHECK(all.find("\"" + gtin + "\"") != std::string::npos);
    CHECK(all.find("\"" + sscc + "\"") != std::string::npos);
    CHECK(all.find("\"" + reference + "\"") != std::string::npos);
  }
  fs::remove_all(folder);
}

namespace {

// "{13}" becomes a number of so many digits that looks like a card's: of old Visa, Diners, Maestro
// or Visa of 18 digits. "{order}" is one as Amazon writes its orders', "{sscc}" an SSCC,
// "{gtin}" a GTIN or GLN, "{again}" the number before.
std::string with_numbers(std::string text, std::vector<std::string>& numbers,
                         std::mt19937_64& random) {
  const auto number_for = [&](const std::string& what) -> std::string {
    if (what == "13") return luhn_number("4", 13, random);
    if (what == "14") return luhn_number("39", 14, random);
    if (what == "15") return luhn_number("58", 15, random);
    if (what == "18") return luhn_number("4", 18, random);
    if (what == "sscc") return like_a_card(18, random);
    if (what == "gtin") return like_a_card(13, random);
    if (what == "again") return numbers.back();
    if (what == "order") return luhn_number("50", 17, random).insert(10, "-").insert(3, "-");
    return {};
  };
  for (std::size_t at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) {
    const std::size_t end = text.find('}', at);
    const std::string number = number_for(text.substr(at + 1, end - at - 1));
    if (number.empty()) continue;  // JSON's own
    text.replace(at, end + 1 - at, number);
    numbers.push_back(number);
  }
  return text;
}

struct Referring {
  const char* by;  // a template
  const char* text;
};

constexpr Referring referring[] = {
    {"adyen-settlement",
     "Merchant Account,Type,Psp Reference,Merchant Reference,Modification Reference,"
     "Creation Date,TimeZone,Gross Currency,Gross Credit (GC),Net Currency,Net Debit (NC),"
     "Net Credit (NC),Batch Number\n"
     "Shop,Settled,{15},{14},{18},2026-11-20 10:15:02,CET,EUR,9.00,EUR,,9.00,{13}\n"
     "Shop,MerchantPayout,,,,2026-11-20 10:15:02,CET,EUR,,EUR,9.00,,{again}\n"},
    {"amazon-orders",
     "amazon-order-id\tmerchant-order-id\tpurchase-date\torder-status\torder-item-id\tsku\t"
     "quantity\tcurrency\titem-price\n"
     "{order}\t{13}\t2026-11-20T10:15:02Z\tShipped\t{14}\t{15}\t1\tEUR\t24.00\n"
     "{order}\t\t2026-11-20T10:15:02Z\tCancelled\t\t\t0\t\t\n"},
    {"csv-dayclose",
     "site,date,register,close,closed_at,transactions,gross,tender,expected\n"
     "{gtin},2026-11-20,3,{13},2026-11-20T20:03:00Z,1,9.00,cash,9.00\n"},
    {"csv-items", "sku,description,supplier,version\nA,Tin,{13},7\n"},
    {"csv-orders",
     "order,placed_at,sku,quantity,price,status\n"
     "{13},2026-11-20T10:15:02Z,A,1,9.00,\n"
     "{18},2026-11-20T10:15:02Z,A,1,9.00,cancelled\n"},
    {"csv-receipts",
     "document,at,sku,quantity,order,supplier\n{13},2026-11-20T10:15:02Z,A,5,{order},{15}\n"},
    {"csv-returns",
     "return,order,sku,quantity,authorised_at\n{14},{order},A,1,2026-11-20T10:15:02Z\n"},
    {"csv-sales",
     "site,date,register,receipt,time,sku,quantity,price,serial,tender,reference,original\n"
     "{gtin},2026-11-20,3,7,2026-11-20T10:15:02Z,A,1,9.00,{15},card,{18},\n"
     "{gtin},2026-11-20,3,8,2026-11-20T10:15:02Z,A,-1,9.00,,cash,,{gtin}/3/2026-11-19/{14}\n"},
    {"csv-sales-summary", "from,to,sku,quantity,amount\n2026-11-20,2026-11-20,{gtin},1,9.00\n"},
    {"csv-settlement",
     "provider,batch,kind,reference,merchant_reference,modification_reference,net,booked_at\n"
     "nexi,{13},settled,{14},{15},{18},9.00,2026-11-20T10:15:02Z\n"
     "nexi,{13},payout,,,,0.00,2026-11-20T10:15:02Z\n"},
    {"csv-shipments",
     "shipment,at,direction,order,sku,quantity,tracking\n"
     "{13},2026-11-20T10:15:02Z,out,{order},A,1,{15}\n"
     "{14},2026-11-20T10:15:02Z,in,{18},A,1,{13}\n"},
    {"csv-stock-adjustments",
     "document,at,sku,quantity,reason\n{13},2026-11-20T10:15:02Z,A,-1,found\n"},
    {"dsfinvk",
     "@transactions.csv\n"
     "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;BON_NR;BON_TYP;BON_STORNO;BON_START;BON_ENDE;UMS_BRUTTO\n"
     "3;2026-11-20T21:05:00Z;77;{13};1;Beleg;0;2026-11-20T09:09:00Z;2026-11-20T09:10:00Z;18,00\n"
     "3;2026-11-20T21:05:00Z;77;B2;2;Beleg;0;2026-11-20T09:09:00Z;2026-11-20T09:10:00Z;9,00\n"
     "@lines.csv\n"
     "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;POS_ZEILE;GUTSCHEIN_NR;GV_TYP;ART_NR;MENGE;STK_BR\n"
     "3;2026-11-20T21:05:00Z;77;{again};1;;Umsatz;A;1;9,00\n"
     "3;2026-11-20T21:05:00Z;77;{again};2;V-7;MehrzweckgutscheinKauf;;1;9,00\n"
     "3;2026-11-20T21:05:00Z;77;{again};3;;Einzahlung;;1;9,00\n"
     "3;2026-11-20T21:05:00Z;77;B2;1;;Umsatz;A;1;9,00\n"
     "@references.csv\n"
     "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;REF_TYP;REF_Z_KASSE_ID;REF_Z_NR;REF_BON_ID\n"
     "3;2026-11-20T21:05:00Z;77;{again};Transaktion;3;76;{15}\n"
     "@transactions_tse.csv\n"
     "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;TSE_ID;TSE_TANR\n"
     "3;2026-11-20T21:05:00Z;77;B2;{14};1\n"
     "@cashpointclosing.csv\n"
     "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;Z_BUCHUNGSTAG;Z_START_ID;Z_ENDE_ID;"
     "Z_SE_ZAHLUNGEN;Z_SE_BARZAHLUNGEN\n"
     "3;2026-11-20T21:05:00Z;77;2026-11-20;{13};{18};0,00;0,00\n"},
    {"epcis",
     R"({"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-11-20T10:00:00Z",
"epcisBody":{"eventList":[
{"eventID":"ni:///sha-256;{14}ab?ver=CBV2.0","type":"AggregationEvent",
"eventTime":"2026-11-20T09:00:00.000Z","eventTimeZoneOffset":"+01:00","action":"OBSERVE",
"bizStep":"shipping","parentID":"https://id.gs1.org/00/{sscc}",
"childEPCs":["https://id.gs1.org/01/04012345000016/21/7"]},
{"type":"ObjectEvent","eventTime":"2026-11-20T09:00:00.000Z","eventTimeZoneOffset":"+01:00",
"action":"OBSERVE","bizStep":"receiving","epcList":["https://id.gs1.org/01/04012345000016/21/7"],
"bizTransactionList":[{"type":"desadv","bizTransaction":"urn:epcglobal:cbv:bt:{13}:D1"},
{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:4012345000009:{14}"}]}]}})"},
    {"gs1-scan", "00{sscc}\n(00){sscc}\nhttps://id.gs1.org/00/{sscc}\n]C100{sscc}\n"},
    {"poslog",
     R"(<POSLog>
<Transaction><RetailStoreID>{gtin}</RetailStoreID>
<WorkstationID>3</WorkstationID><SequenceNumber>1</SequenceNumber>
<BusinessDayDate>2026-11-20</BusinessDayDate><EndDateTime>2026-11-20T10:15:02Z</EndDateTime>
<RetailTransaction><LineItem><SequenceNumber>1</SequenceNumber><Return><ItemID>A</ItemID>
<ExtendedAmount>9.00</ExtendedAmount><Quantity>1</Quantity><SerialNumber>{15}</SerialNumber>
<TransactionLink><RetailStoreID>{gtin}</RetailStoreID><BusinessDayDate>2026-11-19</BusinessDayDate>
<SequenceNumber>{14}</SequenceNumber></TransactionLink></Return></LineItem>
<LineItem><SequenceNumber>2</SequenceNumber><Tender TenderType="GiftCard"><Amount>9.00</Amount>
<GiftCard><CardNumber>V-7</CardNumber></GiftCard></Tender></LineItem>
</RetailTransaction></Transaction>
<Transaction><RetailStoreID>{gtin}</RetailStoreID>
<WorkstationID>3</WorkstationID><SequenceNumber>2</SequenceNumber>
<BusinessDayDate>2026-11-20</BusinessDayDate><EndDateTime>2026-11-20T10:15:02Z</EndDateTime>
<TenderControlTransaction><PaidIn><Amount>9.00</Amount></PaidIn></TenderControlTransaction>
</Transaction>
<Transaction><RetailStoreID>{gtin}</RetailStoreID>
<WorkstationID>3</WorkstationID><SequenceNumber>3</SequenceNumber>
<BusinessDayDate>2026-11-20</BusinessDayDate><EndDateTime>2026-11-20T20:15:02Z</EndDateTime>
<TenderControlTransaction><TillSettle><TillID>{14}</TillID><CloseNumber>{13}</CloseNumber>
<TransactionCount>1</TransactionCount><GrossPositiveAmount>9.00</GrossPositiveAmount>
<GrossNegativeAmount>0.00</GrossNegativeAmount>
<TenderSummary><Sales TenderType="Cash"><Amount>9.00</Amount></Sales></TenderSummary>
</TillSettle></TenderControlTransaction></Transaction>
<Transaction><RetailStoreID>{gtin}</RetailStoreID>
<WorkstationID>3</WorkstationID><SequenceNumber>4</SequenceNumber>
<BusinessDayDate>2026-11-20</BusinessDayDate><EndDateTime>2026-11-20T10:15:02Z</EndDateTime>
<InventoryControlTransaction><ReceiveInventory><DocumentID>{13}</DocumentID>
<LineItem><SequenceNumber>1</SequenceNumber><ItemID>A</ItemID><Quantity>1</Quantity></LineItem>
</ReceiveInventory></InventoryControlTransaction></Transaction>
</POSLog>)"},
    {"shopify-customer",
     R"({"id":{13},"updated_at":"2026-11-20T10:15:02-05:00","tax_exempt":false})"},
    {"shopify-fulfillment",
     R"({"id":{13},"order_id":{18},"status":"success","created_at":"2026-11-20T10:15:02-05:00",
"updated_at":"2026-11-20T10:15:02-05:00","location_id":{13},"tracking_numbers":["{15}","{14}"],
"line_items":[{"id":{14},"variant_id":{14},"sku":"","quantity":1,"name":"Tin"}]})"},
    {"shopify-inventory-level",
     R"({"inventory_item_id":{14},"location_id":{13},"available":5,
"updated_at":"2026-11-20T10:15:02-05:00"})"},
    {"shopify-order",
     R"({"id":{13},"name":"{order}","created_at":"2026-11-20T10:15:02-05:00",
"updated_at":"2026-11-20T10:15:02-05:00","currency":"EUR","total_price":"9.00",
"customer":{"id":{18}},"location_id":{13},
"line_items":[{"id":{14},"variant_id":{14},"sku":"","quantity":1,"price":"9.00","name":"Tin"}]})"},
    {"shopify-order",
     R"({"order":{"id":{18},"name":"#1","cancelled_at":"2026-11-20T10:15:02-05:00",
"line_items":[{"id":1,"quantity":1}]}})"},
    {"shopify-payout-transactions",
     R"({"transactions":[{"id":{14},"type":"charge","payout_id":{13},"currency":"EUR",
"amount":"9.00","fee":"0.30","net":"8.70","source_id":7,"source_order_id":{13},
"source_order_transaction_id":{15},"processed_at":"2026-11-20T10:15:02-05:00"}]})"},
    {"shopify-product",
     R"({"id":7,"title":"Tin","variants":[{"id":{14},"product_id":7,"title":"M","price":"9.00",
"sku":"","updated_at":"2026-11-20T10:15:02-05:00"}]})"},
    {"shopify-refund",
     R"({"id":{13},"order_id":{18},"created_at":"2026-11-20T10:15:02-05:00","user_id":{13},
"refund_line_items":[{"id":1,"line_item_id":{14},"quantity":1,"subtotal":"9.00",
"line_item":{"variant_id":{14}}}],"transactions":[{"id":{15},"kind":"refund","status":"success",
"gateway":"paypal","amount":"9.00","currency":"EUR"}]})"},
    {"shopify-refund",
     R"({"id":1,"order_id":{13},"created_at":"2026-11-20T10:15:02-05:00",
"transactions":[{"id":{15},"kind":"refund","status":"success","gateway":"paypal",
"amount":"9.00","currency":"EUR","created_at":"2026-11-20T10:15:02-05:00"}]})"},
    {"shopify-tender-transaction",
     R"({"id":{13},"order_id":{18},"amount":"9.00","currency":"EUR","user_id":{13},"test":false,
"processed_at":"2026-11-20T10:15:02-05:00","remote_reference":"{15}","payment_method":"paypal"})"},
    {"shopify-tender-transactions",
     R"({"tender_transactions":[{"id":{14},"order_id":{13},"amount":"-9.00","currency":"EUR",
"processed_at":"2026-11-20T10:15:02-05:00","payment_method":"cash"}]})"},
    {"stripe-settlement",
     "automatic_payout_id,balance_transaction_id,created_utc,currency,gross,fee,net,"
     "reporting_category,charge_id\n"
     "{13},{14},2026-11-20 10:15:02,eur,9.00,0,9.00,charge,{15}\n"
     "{13},{14},2026-11-20 10:15:02,eur,0.00,0,0.00,payout,\n"},
    {"zebra-rfd",
     R"({"type":"Inventory","timestamp":"2026-11-20T10:15:02.123+0100","data":{"barcodeData":[
{"decodedBarcode":"{sscc}","symbology":"CODE128"},
{"decodedBarcode":"00{sscc}","symbology":"GS1_128"}]}})"},
};

// Of files, each begun by "@" and its name.
std::string archive_of(const std::string& files) {
  std::string bytes(1 << 16, '\0');
  std::size_t used = 0;
  archive* const writer = archive_write_new();
  archive_write_set_format_ustar(writer);
  archive_write_open_memory(writer, bytes.data(), bytes.size(), &used);
  for (std::size_t at = 0; at < files.size();) {
    const std::size_t end = std::min(files.find('@', at + 1), files.size());
    const std::size_t begin = files.find('\n', at) + 1;
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, files.substr(at + 1, begin - at - 2).c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(end - begin));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    archive_write_data(writer, files.data() + begin, end - begin);
    archive_entry_free(entry);
    at = end;
  }
  archive_write_free(writer);
  bytes.resize(used);
  return bytes;
}

}  // namespace

// Two orders whose masked numbers are the same would be one.
TEST_CASE("the shipped templates keep numbers of orders, items and packages that look like cards'",
          "[templates][cards]") {
  std::mt19937_64 random(storeward::testing::announced_seed("references"));
  for (const auto& [by, text] : referring) {
    const auto plan = plan_by(by);
    for (int round = 0; round < 20; ++round) {
      std::vector<std::string> numbers;
      const std::string written = with_numbers(text, numbers, random);
      const bool is_set = plan->format.kind == "csv_set";
      const std::string all = stored(plan, is_set ? archive_of(written) : written);
      INFO(by << ": " << written << "\n" << all);
      CHECK(all.find("****") == all.npos);
      CHECK(std::ranges::all_of(
          numbers, [&all](const auto& number) { return all.find(number) != all.npos; }));
    }
  }
}
