// What looks like a card number on its way through the templates and is none (a GTIN, an SSCC, an
// order's number) is left as it is.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/support/archive_bytes.h"
#include "tests/support/seed.h"
#include "tests/unit/templates/card_numbers.h"
#include "tests/unit/templates/feed_plan.h"

using namespace storeward;
using namespace storeward::templates_test;
namespace fs = std::filesystem;

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
pspReference = {path = "ref", reference = "provider"}
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
std::string tar_of(const std::string& text) {
  testing::Files files;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('@', at + 1), text.size());
    const std::size_t begin = text.find('\n', at) + 1;
    files.emplace_back(text.substr(at + 1, begin - at - 2), text.substr(begin, end - begin));
    at = end;
  }
  return testing::archive_bytes(files, archive_write_set_format_ustar);
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
      const std::string all = stored(plan, is_set ? tar_of(written) : written);
      INFO(by << ": " << written << "\n" << all);
      CHECK(all.find("****") == all.npos);
      CHECK(std::ranges::all_of(
          numbers, [&all](const auto& number) { return all.find(number) != all.npos; }));
    }
  }
}
