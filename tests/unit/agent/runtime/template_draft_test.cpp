#include "agent/runtime/template_draft.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "agent/runtime/template_trial.h"
#include "tests/support/temporary_directory.h"

using namespace storeward;

namespace {

// Drafts a template for the sample and tries it on the sample.
std::vector<TriedRecord> drafted_and_tried(const std::string& sample, std::string* draft = nullptr,
                                           const std::string& currency = "EUR") {
  const support::TemporaryDirectory directory;
  const std::filesystem::path& folder = directory.path();
  std::ofstream(folder / "sample") << sample;
  const auto text = draft_template("drafted", sample);
  INFO((text ? text->text : text.error().message));
  REQUIRE(text);
  if (draft != nullptr) *draft = text->text;
  std::ofstream(folder / "drafted.toml") << text->text;
  config::Config config;
  config.site = {
      .tenant = "acme", .id = "store-1", .timezone = "Europe/Berlin", .currency = currency};
  const auto trial = TemplateTrial::open((folder / "drafted.toml").string(), config);
  INFO((trial ? "" : trial.error().message));
  REQUIRE(trial);
  std::vector<TriedRecord> records;
  REQUIRE(trial->run(folder / "sample", [&records](const TriedRecord& record) {
    records.push_back(record);
    return true;
  }));
  return records;
}

const TriedEvent& only_event(const TriedRecord& record) {
  REQUIRE(record.events.size() == 1);
  return record.events.front();
}

}  // namespace

TEST_CASE("a German till's export is drafted so that it runs at once", "[mapping]") {
  std::string draft;
  const auto records = drafted_and_tried(
      "Filiale;Kasse;Bon-Nr;Datum;Uhrzeit;Artikelnr;Bezeichnung;Menge;Einzelpreis;Betrag\n"
      "12;3;1001;20.11.2026;09:15;4711;Milch;2;1,19;2,38\n"
      "12;3;1001;20.11.2026;09:15;4712;Brot;1;2.349,50;2.349,50\n"
      "12;3;1002;20.11.2026;09:20;4711;Milch;-1;1,19;-1,19\n",
      &draft);
  CHECK_THAT(draft, Catch::Contains("extends = \"csv-sales\""));
  CHECK_THAT(draft, Catch::Contains("\"Bon-Nr\" = \"receipt\""));
  CHECK_THAT(draft, Catch::Contains("decimal = \",\""));
  REQUIRE(records.size() == 2);
  CHECK(only_event(records[0]).type == "retail.sale.completed.v1");
  CHECK_THAT(only_event(records[0]).json, Catch::Contains(R"("gross":{"amountMinor":235188)"));
  CHECK_THAT(only_event(records[0]).json, Catch::Contains("2026-11-20T09:15:00+01:00"));
  CHECK(only_event(records[1]).type == "retail.return.completed.v1");
  CHECK_THAT(only_event(records[1]).json, Catch::Contains(R"("gross":{"amountMinor":119)"));
}

TEST_CASE("what is paid in rows of its own is no amount of goods", "[mapping]") {
  std::string draft;
  const auto records = drafted_and_tried(
      "Kasse;Bon-Nr;Datum;Uhrzeit;Art.-Nr.;Bezeichnung;Menge;E-Preis;G-Preis;Zahlart;Betrag\n"
      "3;1001;20.11.2026;09:15;4711;Milch;2;1,19;2,38;;\n"
      "3;1001;20.11.2026;09:15;;;;;;BAR;5,00\n"
      "3;1001;20.11.2026;09:15;;;;;;BAR;-2,62\n",
      &draft);
  CHECK_THAT(draft, Catch::Contains("\"Betrag\" = \"paid\"") &&
                        Catch::Contains("\"G-Preis\" = \"amount\""));
  REQUIRE(records.size() == 1);
  const std::string& sale = only_event(records[0]).json;
  CHECK_THAT(sale, Catch::Contains(R"("gross":{"amountMinor":238)"));
  CHECK_THAT(sale,
             Catch::Contains(R"({"amount":{"amountMinor":500,"currency":"EUR"},"direction":"in")"));
  CHECK_THAT(
      sale, Catch::Contains(R"({"amount":{"amountMinor":262,"currency":"EUR"},"direction":"out")"));
}

TEST_CASE("kinds of rows are asked for where a row sells something", "[mapping]") {
  const auto draft = draft_template(
      "drafted",
      "Kasse;Bon-Nr;Datum;Uhrzeit;Satzart;Artikelnr;Bezeichnung;Menge;Preis;Zahlart;Gezahlt\n"
      "3;1001;20.11.2026;09:15;V;4711;Milch;2;1,19;;\n"
      "3;1001;20.11.2026;09:15;P;9001;Pfand;2;0,25;;\n"
      "3;1001;20.11.2026;09:15;Z;;;;;BAR;2,88\n");
  REQUIRE(draft);
  CHECK_THAT(draft->text, Catch::Contains("\"Satzart\" = \"kind\""));
  REQUIRE(draft->undecided.size() == 1);
  CHECK_THAT(draft->undecided[0], Catch::Contains("\"P\", \"V\"?"));
}

TEST_CASE("a list of what is in stock is drafted as snapshots", "[mapping]") {
  const auto records = drafted_and_tried(
      "Store\tSKU\tEAN\tQty\tTimestamp\nS1\tA-1\t4012345000016\t12\t2026-11-20T06:00:00Z\n"
      "S1\tA-2\t4012345000023\t0\t2026-11-20T06:00:00Z\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0].exceptions.empty());
  CHECK(only_event(records[0]).type == "retail.stock.snapshot.v1");
}

TEST_CASE("a stock list without a time is of the time of its file", "[mapping]") {
  std::string draft;
  const auto records =
      drafted_and_tried("SKU;EAN;Bestand\nA-1;4012345000016;12\nA-2;4012345000023;0\n", &draft);
  CHECK_THAT(draft, Catch::Contains("as_of = {value = \"modifiedAt\"}"));
  REQUIRE(records.size() == 2);
  CHECK_THAT(only_event(records[0]).json, Catch::Contains("\"asOf\":\"20"));
}

TEST_CASE("a known format is drafted as an extension of its shipped template", "[mapping]") {
  const auto draft = draft_template("wms", "ISA*00*          *00*");
  REQUIRE(draft);
  CHECK_THAT(draft->text, Catch::Contains("extends = \"x12\""));
  CHECK(!draft_template("x", " \n"));
  CHECK(!draft_template("x", "<order/>"));
}

// Its columns would make a CSV of sales that misses what the other files say.
TEST_CASE("a single file of a DSFinV-K export is told to be one", "[mapping]") {
  for (const char* const sample :
       {"\"Z_KASSE_ID\";\"Z_ERSTELLUNG\";\"Z_NR\";\"BON_ID\";\"BON_NR\";\"UMS_BRUTTO\"\n"
        "\"3\";\"2026-11-20T20:00:00+01:00\";\"1\";\"1\";\"17\";\"13,98\"\n",
        "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;POS_ZEILE;MENGE\n3;2026-11-20;1;1;1;2\n"}) {
    const auto draft = draft_template("x", sample);
    REQUIRE_FALSE(draft);
    CHECK_THAT(draft.error().message, Catch::Contains("template dsfinvk reads the whole"));
  }
}

namespace {

std::string undecided(const std::string& sample) {
  const auto draft = draft_template("x", sample);
  REQUIRE(draft);
  std::string all;
  for (const std::string& question : draft->undecided) all += question + "\n";
  return all;
}

std::string asked(const std::string& sample) {
  const auto draft = draft_template("x", sample);
  REQUIRE(draft);
  std::string all;
  for (const std::string& question : draft->questions) {
    all += question + "\n";
    CHECK_THAT(draft->text, Catch::Contains("# ASK: "));
  }
  return all;
}

std::string extended(const std::string& sample) {
  const auto draft = draft_template("x", sample);
  REQUIRE(draft);
  const auto at = draft->text.find("extends = \"") + 11;
  return draft->text.substr(at, draft->text.find('"', at) - at);
}

const std::string head = "Kasse;Bon;Datum;Artikel;Menge;Betrag\n";

}  // namespace

TEST_CASE("a draft refuses what would be miscounted until it is decided", "[mapping]") {
  CHECK_THAT(undecided("till,receipt,when,item,qty,amount\n1,1,03/04/2026 10:00,100,1,12.99\n"),
             Catch::Contains("day or month first?"));
  CHECK(undecided("till,receipt,when,item,qty,amount\n1,1,03/14/2026 10:00,100,1,12.99\n").empty());
  CHECK_THAT(undecided(head + "1;1;20.11.2026 10:00;Brot;1;250\n"), Catch::Contains("cents"));
  CHECK_THAT(undecided(head + "1;1;20.11.2026 10:00;Brot;1;1.250\n"),
             Catch::Contains("a fraction or a thousand?"));
  CHECK_THAT(undecided(head + "1;1;20.11.2026 10:00;Brot;1;2,50 EUR\n"),
             Catch::Contains("no number"));
  CHECK_THAT(undecided("Kasse;Datum;Artikel;Menge;Betrag\n1;20.11.2026 10:00;Brot;1;2,50\n"),
             Catch::Contains("\"receipt\""));
  CHECK_THAT(undecided("Kasse;Bon;Artikel;Menge;Betrag\n1;1;Brot;1;2,50\n"),
             Catch::Contains("no column has the day"));
  CHECK_THAT(undecided("4711;3;20.11.2026 10:15;100;1;3,99\n4712;3;20.11.2026 10:16;200;2;7,98\n"),
             Catch::Contains("no header"));
  CHECK_THAT(undecided("Kasse;Bon;Datum;Artikel;Menge;Betrag;Status\n"
                       "1;1;20.11.2026 10:00;Brot;1;2,50;Q7\n"),
             Catch::Contains("Q7"));
  CHECK_THAT(undecided("Kasse;Bon;Datum;Artikel;Menge;Betrag;Brutto\n"
                       "1;1;20.11.2026 10:00;Brot;1;2,10;2,50\n"),
             Catch::Contains("which is the amount"));
}

TEST_CASE("a draft asks where somebody should know", "[mapping]") {
  CHECK_THAT(asked("Bon;Datum;Artikel;Menge;Betrag\n1;20.11.2026 10:00;Brot;1;2,50\n"),
             Catch::Contains("no column says the till"));
  CHECK_THAT(asked("Kasse;Bon;Datum;Artikel;Menge;Betrag;Trinkgeld\n"
                   "1;1;20.11.2026 10:00;Brot;1;2,50;1,00\n"),
             Catch::Contains("\"Trinkgeld\" looks like money and is not taken"));
  CHECK_THAT(asked(head + "1;1;20.11.2026 10:00;Brot;1;2,50\n1;2;20.11.2026 10:01;Brot;1;3,50-\n"),
             Catch::Contains("goods given back"));
  CHECK_THAT(undecided(head + "1;1;20.11.2026 10:00;Brot;1;2,50\n1;2;20.11.2026 10:01;Brot;1;3,50\n"
                              "1;1;20.11.2026 10:00;Milch;1;1,50\n"),
             Catch::Contains("comes back") && Catch::Contains("group_window = 8"));
  // Each row has the time at which it was rung up; the day is what groups.
  CHECK_THAT(undecided(head + "1;1;20.11.2026 10:00;Brot;1;2,50\n1;2;20.11.2026 10:01;Brot;1;3,50\n"
                              "1;1;20.11.2026 10:02;Milch;1;1,50\n"),
             Catch::Contains("comes back"));
  CHECK_THAT(
      undecided(head + "1;1;20.11.2026 10:00;Brot;2;7,50\n1;1;20.11.2026 10:01;Milch;3;7,50\n"
                       "1;2;20.11.2026 10:02;Milch;1;1,50\n"),
      Catch::Contains("the total of the receipt"));
}

TEST_CASE("a row of totals at the end hides no column, and is ignored by the draft", "[mapping]") {
  for (const char* const footer : {"Summe;2;4,00\n", "Summe 20.11.2026;;;;;4,00\n",
                                   ";;;Summe;2;4,00\n", "Summe;2;4,00\nMittel;2,00\n"}) {
    INFO(footer);
    const std::string sample = head +
                               "1;1;20.11.2026 10:00;Brot;1;2,50\n"
                               "1;2;20.11.2026 10:05;Milch;1;1,50\n" +
                               footer;
    std::string draft;
    const auto records = drafted_and_tried(sample, &draft);
    INFO(draft);
    REQUIRE(records.size() >= 3);
    CHECK_THAT(only_event(records[0]).json, Catch::Contains(R"("gross":{"amountMinor":250)"));
    CHECK(only_event(records[1]).type == "retail.sale.completed.v1");
    CHECK(records[2].ignored == "a row of totals");
    CHECK_THAT(asked(sample), Catch::Contains("line 4, which begins with \"Summe") &&
                                  Catch::Contains("is taken for a row of totals and ignored"));
  }
}

TEST_CASE("a last row that is odd without a word of totals is asked about", "[mapping]") {
  const std::string sales =
      head + "1;1;20.11.2026 10:00;Brot;1;2,50\n1;2;20.11.2026 10:05;Milch;1;1,50\n";
  std::string draft;
  const auto records = drafted_and_tried(sales + "2;;4,00\n", &draft);
  CHECK_THAT(draft, !Catch::Contains("[[ignore]]\n"));
  CHECK_THAT(draft, Catch::Contains("\"Datum\" = \"time\""));
  REQUIRE(records.size() == 3);
  CHECK(only_event(records[1]).type == "retail.sale.completed.v1");
  CHECK(records[2].exceptions.size() == 1);
  CHECK_THAT(asked(sales + "2;;4,00\n"),
             Catch::Contains("has another form than the lines above it"));
  CHECK_THAT(asked(sales + "Summe;2;4,00;;;;;;x\n"),
             Catch::Contains("has more fields than there are columns and will be an exception"));
  // One that leaves out its last fields, and goods that are called so.
  CHECK(asked("Kasse;Bon;Datum;Artikel;Menge;Betrag;Kunde\n1;1;20.11.2026 10:00;Brot;1;2,50;7\n"
              "1;2;20.11.2026 10:05;Milch;1;1,50\n")
            .empty());
  CHECK(asked(sales + "1;3;20.11.2026 10:06;Total;1;1,50\n").empty());
}

TEST_CASE("letters are no articles and no tax", "[mapping]") {
  const std::string sample =
      "Kasse;Bon;Datum;Bezeichnung;Artikelgruppe;MwSt;Menge;Betrag\n"
      "1;1;20.11.2026 10:00;Brot;A;B;1;2,50\n1;2;20.11.2026 10:05;Bier;C;A;1;1,50\n";
  std::string draft;
  const auto records = drafted_and_tried(sample, &draft);
  CHECK_THAT(draft, !Catch::Contains("\"sku\"") && !Catch::Contains("\"tax\"") &&
                        Catch::Contains("# not taken: Artikelgruppe, MwSt"));
  REQUIRE(records.size() == 2);
  CHECK_THAT(only_event(records[0]).json, Catch::Contains(R"("description":"Brot")"));
  CHECK_THAT(asked(sample), Catch::Contains("\"Artikelgruppe\" holds letters, such as \"A\"") &&
                                Catch::Contains("\"MwSt\" holds letters"));
}

TEST_CASE("an exchange that begins with the goods given back is a sale of the difference",
          "[mapping]") {
  const auto records = drafted_and_tried(head +
                                         "1;1002;20.11.2026 10:05;Hemd M;-1;-3,49\n"
                                         "1;1002;20.11.2026 10:05;Hemd L;1;29,95\n");
  REQUIRE(records.size() == 1);
  CHECK(only_event(records[0]).type == "retail.sale.completed.v1");
  CHECK_THAT(only_event(records[0]).json, Catch::Contains(R"("gross":{"amountMinor":2646)"));
}

TEST_CASE("a till's list of receipts with times as in America is read, refunds in brackets",
          "[mapping]") {
  const auto records = drafted_and_tried(
      "Store\tTerminal\tTxn\tTimestamp\tTotal\tTax\tPayment\n"
      "5\tT1\t90001\t11/20/2026 09:15 AM\t10.50\t0.80\tVISA\n"
      "5\tT1\t90002\t11/20/2026 01:15 PM\t(4.20)\t(0.32)\tCASH\n");
  REQUIRE(records.size() == 2);
  CHECK_THAT(only_event(records[0]).json, Catch::Contains(R"("gross":{"amountMinor":1050)") &&
                                              Catch::Contains(R"("businessDate":"2026-11-20")"));
  CHECK(records[1].exceptions.empty());
  CHECK(only_event(records[1]).type == "retail.return.completed.v1");
  CHECK_THAT(only_event(records[1]).json, Catch::Contains(R"("gross":{"amountMinor":420)") &&
                                              Catch::Contains("2026-11-20T13:15:00"));
}

TEST_CASE("training and voided receipts of a draft do not count", "[mapping]") {
  const auto records = drafted_and_tried(
      "Kasse;BonNr;Datum;Artikel;Menge;Betrag;Zahlart;Schulung;Storno\n"
      "3;1;20.11.2026 10:00;Brot;1;2,50;BAR;0;0\n3;2;20.11.2026 10:01;Brot;1;2,50;BAR;1;0\n"
      "3;3;20.11.2026 10:02;Brot;1;2,50;BAR;0;1\n");
  REQUIRE(records.size() == 3);
  CHECK(only_event(records[0]).type == "retail.sale.completed.v1");
  CHECK_THAT(only_event(records[0]).json, Catch::Contains(R"("tenderType":"cash")"));
  CHECK(records[1].ignored == "rung up in training mode");
  CHECK(only_event(records[2]).type == "retail.sale.voided.v1");
}

TEST_CASE("a column that is not taken is not found under a name that the template knows",
          "[mapping]") {
  std::string draft;
  const auto records = drafted_and_tried(
      "register,receipt,time,sku,quantity,amount,total\n"
      "1,1,2026-11-20T10:00:00,A1,1,2.50,9.99\n1,1,2026-11-20T10:00:00,A2,1,1.50,9.99\n",
      &draft);
  CHECK_THAT(draft, Catch::Contains("\"total\" = \"own_total\""));
  REQUIRE(records.size() == 1);
  CHECK_THAT(only_event(records[0]).json, Catch::Contains(R"("gross":{"amountMinor":400)"));
}

TEST_CASE("a draft knows which shipped template a file fits", "[mapping]") {
  CHECK(extended("sku|location|on_hand|as_of\n100|WH1|12|20261120\n") == "csv-inventory");
  CHECK(extended("order,order_date,sku,qty,price\n7,2026-11-20T10:00:00Z,A1,1,2.50\n") ==
        "csv-orders");
  CHECK(extended("provider,batch,type,reference,gross,fee,net,booked_at\n"
                 "psp,B1,refund,R1,-2.00,0.10,-2.10,2026-11-20\n") == "csv-settlement");
  CHECK(extended("rma,order,sku,qty,return reason,authorised_at\n1,7,A1,1,size,2026-11-20\n") ==
        "csv-returns");
  CHECK(extended("shipment,tracking,carrier,sku,qty,at\nS1,T1,UPS,A1,1,2026-11-20\n") ==
        "csv-shipments");
  CHECK(extended("document,supplier,sku,qty,at\nD1,ACME,A1,1,2026-11-20\n") == "csv-receipts");
  CHECK(extended("document,sku,qty,reason,time\nD1,A1,-1,broken,2026-11-20\n") ==
        "csv-stock-adjustments");
  CHECK(extended("date,register,z_no,closed_at,gross,expected\n"
                 "2026-11-20,1,4,2026-11-20T20:00:00,5.10,5.10\n") == "csv-dayclose");
  CHECK(extended("from,to,sku,qty,amount\n2026-11-20,2026-11-21,A1,1,2.50\n") ==
        "csv-sales-summary");
  CHECK(extended("sku,description,price,valid_from\nA1,Bread,2.50,2026-11-20\n") == "csv-items");
}

TEST_CASE("a settlement in cents is drafted so that its payout adds up", "[mapping]") {
  const auto records = drafted_and_tried(
      "provider,batch,type,reference,gross_cents,fee_cents,net_cents,booked_at\n"
      "psp,B1,sale,R1,1000,20,980,2026-11-20\npsp,B1,refund,R2,-200,10,-210,2026-11-20\n"
      "psp,B1,Payout,P1,,,770,2026-11-21\n");
  REQUIRE(records.size() == 3);
  CHECK_THAT(only_event(records[0]).json,
             Catch::Contains(R"("fees":[{"amount":{"amountMinor":20,)") &&
                 Catch::Contains(R"("net":{"amountMinor":980,)"));
  CHECK(records[2].exceptions.empty());
  REQUIRE(records[2].events.size() == 2);
  CHECK_THAT(records[2].events[1].json, Catch::Contains(R"("payout":{"amountMinor":770,)"));
}

TEST_CASE("an order list is drafted with an order for each number", "[mapping]") {
  const auto records = drafted_and_tried(
      "Order No,Order Date,SKU,Qty,Unit Price,Currency\n1001,2026-11-20 10:00,A1,2,5.00,EUR\n"
      "1001,2026-11-20 10:00,A2,1,3.50,EUR\n1002,2026-11-20 11:00,A1,1,5.00,EUR\n");
  REQUIRE(records.size() == 2);
  CHECK_THAT(only_event(records[0]).json, Catch::Contains(R"("lineNo":2)"));
}

TEST_CASE("a stock list is drafted with its day, and what is below zero stays so", "[mapping]") {
  const auto records =
      drafted_and_tried("sku|location|on_hand|as_of\n100|WH1|12|20261120\n300|WH1|-3|20261120\n");
  REQUIRE(records.size() == 2);
  CHECK_THAT(only_event(records[1]).json,
             Catch::Contains(R"("value":"-3")") && Catch::Contains(R"("asOf":"2026-11-20T)"));
}

TEST_CASE("a sales tax that comes on top is part of what the customer pays", "[mapping]") {
  const auto records = drafted_and_tried(
      "Store #,Register,Transaction #,Transaction Date,SKU,Qty,Unit Price,Extended Price,Tax,"
      "Tender Type,Tender Amount\n"
      "101,2,900123,11/20/2026 1:15:02 PM,SH-1,1,\"$1,019.99\",\"$1,019.99\",84.15,,\n"
      "101,2,900123,11/20/2026 1:15:02 PM,SO-7,3,$4.00,$12.00,0.99,VISA,\"$1,117.13\"\n"
      "101,2,900124,11/20/2026 12:05:00 AM,SO-7,-1,$4.00,($4.00),-0.33,CASH,($4.33)\n",
      nullptr, "USD");
  REQUIRE(records.size() == 2);
  CHECK_THAT(only_event(records[0]).json, Catch::Contains(R"("gross":{"amountMinor":111713)") &&
                                              Catch::Contains(R"("tax":{"amountMinor":8514)") &&
                                              !Catch::Contains("Mismatch"));
  CHECK(only_event(records[1]).type == "retail.return.completed.v1");
  CHECK_THAT(only_event(records[1]).json,
             Catch::Contains(R"("gross":{"amountMinor":433)") && !Catch::Contains("Mismatch"));
}

TEST_CASE("a mark that a draft's sample does not show counts as the shipped template has it",
          "[mapping]") {
  std::string draft;
  drafted_and_tried(
      "Kasse;BonNr;Datum;Artikel;Menge;Betrag;Storno\n3;1;20.11.2026 10:00;Brot;1;2,50;J\n"
      "3;2;20.11.2026 10:01;Brot;1;2,50;N\n",
      &draft);
  CHECK_THAT(draft, !Catch::Contains("voided_line"));
  const auto records = drafted_and_tried(
      "Kasse;BonNr;Datum;Artikel;Menge;Betrag;Storno\n3;1;20.11.2026 10:00;Brot;1;2,50;Oui\n"
      "3;2;20.11.2026 10:01;Brot;1;2,50;Non\n");
  REQUIRE(records.size() == 2);
  CHECK(only_event(records[0]).type == "retail.sale.voided.v1");
  CHECK(only_event(records[1]).type == "retail.sale.completed.v1");
  CHECK_THAT(undecided("Kasse;BonNr;Datum;Artikel;Menge;Betrag;Storno\n"
                       "3;1;20.11.2026 10:00;Brot;1;2,50;vielleicht\n"),
             Catch::Contains("does such a row count? ([tables.marks])"));
}

TEST_CASE("a draft reads times without a sign between day and clock", "[mapping]") {
  const auto records = drafted_and_tried(
      "POS|RECEIPT_NO|BUSINESS_DATE|TRANS_TIME|ITEM_CODE|QUANTITY|AMOUNT\n"
      "1|1001|20261120|20261120101502|A1|2|13.98\n");
  REQUIRE(records.size() == 1);
  CHECK_THAT(only_event(records[0]).json, Catch::Contains("2026-11-20T10:15:02+01:00"));
}

TEST_CASE("a line item's article is no number of a line", "[mapping]") {
  const auto draft = draft_template(
      "x",
      "Order Number,Created at,Lineitem sku,Lineitem name,Lineitem quantity,Lineitem price\n"
      "#1001,2026-11-20 10:15:02 +0100,SKU-1,Shirt,2,19.99\n");
  REQUIRE(draft);
  CHECK_THAT(draft->text, Catch::Contains("\"Lineitem sku\" = \"sku\"") &&
                              Catch::Contains("\"Created at\" = \"placed_at\""));
  CHECK(draft->undecided.empty());
}
