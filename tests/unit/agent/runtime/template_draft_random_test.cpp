// Receipts made by chance, written as a CSV of a dialect made by chance, drafted, and read with the
// draft: what comes out is what was rung up, or the draft has refused to go on.
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "agent/runtime/template_draft.h"
#include "agent/runtime/template_trial.h"
#include "tests/support/seed.h"
#include "tests/support/temporary_directory.h"

using namespace storeward;

namespace {

struct Line {
  int quantity = 1;  // below 0: goods taken back
  std::int64_t price = 0;
  bool voided = false;
};

struct Receipt {
  int day = 20, till = 1, number = 1, minute = 0;
  bool training = false;
  bool cash = false;
  std::vector<Line> lines;

  std::int64_t gross() const {
    std::int64_t sum = 0;
    for (const Line& line : lines) sum += line.voided ? 0 : line.quantity * line.price;
    return sum;
  }
  bool counts() const {
    return !training && std::ranges::any_of(lines, [](const Line& l) { return !l.voided; });
  }
};

// Of a register on a day.
struct Total {
  int receipts = 0;
  std::int64_t gross = 0, paid = 0;
  bool operator==(const Total&) const = default;
};
using Totals = std::map<std::string, Total>;

std::ostream& operator<<(std::ostream& out, const Total& total) {
  return out << total.receipts << " receipts, " << total.gross << ", paid " << total.paid;
}

struct Dialect {
  char delimiter = ';';
  char decimal = ',';
  enum { utf8, latin, utf16 } encoding = utf8;
  enum { day_clock, full, full_and_day, iso } times = full;
  bool month_first = false, half_days = false, dashes = false;
  bool cents = false, with_price = true, with_amount = true, sign_behind = false;
  bool header = true, tender = true, training = true, voided = true, registers = true;
  bool german = true;
  bool kinds = false;      // a word says what is given back, nothing is negative
  bool total = false;      // of the receipt, in each of its rows
  bool paid = false;       // likewise
  bool status = false;     // training stands there
  bool scattered = false;  // rows of a receipt do not follow each other
  bool row_times = false;  // each row has the minute in which it was rung up
};

class Run {
 public:
  explicit Run(std::uint64_t seed) : random_(seed) {
    make_dialect();
    make_receipts();
  }

  std::string csv() const;
  Totals totals() const {
    Totals totals;
    for (const Receipt& receipt : receipts_) {
      if (!receipt.counts()) continue;
      Total& total =
          totals[std::to_string(receipt.till) + "/2026-11-" + std::to_string(receipt.day)];
      ++total.receipts;
      total.gross += receipt.gross();
      if (dialect_.tender) total.paid += receipt.gross();
    }
    return totals;
  }
  const Dialect& dialect() const { return dialect_; }

 private:
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  bool chance(int percent) { return below(100) < percent; }

  void make_dialect() {
    Dialect& d = dialect_;
    d.delimiter = ";,\t|"[below(4)];
    d.decimal = d.delimiter == ',' ? '.' : ",."[below(2)];
    d.encoding = std::array{Dialect::utf8, Dialect::latin, Dialect::utf16}[below(3)];
    d.times = std::array{Dialect::day_clock, Dialect::full, Dialect::full_and_day,
                         Dialect::iso}[below(4)];
    d.month_first = chance(30);
    d.half_days = d.month_first && chance(50);
    d.dashes = chance(20);
    d.cents = chance(25);
    d.with_price = chance(70);
    d.with_amount = !d.with_price || chance(80);
    d.sign_behind = chance(20);
    d.header = chance(95);
    d.tender = chance(70);
    d.training = chance(50);
    d.voided = chance(50);
    d.registers = chance(95);
    d.german = chance(50);
    d.kinds = chance(20);
    d.total = chance(20);
    d.paid = d.tender && chance(20);
    d.status = d.training && chance(40);
    d.scattered = chance(5);
    d.row_times = chance(20);
  }

  void make_receipts() {
    const int tills = 1 + below(3);
    for (int day = 20; day <= 20 + below(3); ++day) {
      for (int till = 1; till <= tills; ++till) {
        const int count = 1 + below(6);
        for (int number = 1; number <= count; ++number) {
          Receipt receipt{.day = day, .till = till, .number = number, .minute = number};
          receipt.training = dialect_.training && chance(10);
          receipt.cash = chance(50);
          for (int i = 0, n = 1 + below(4); i < n; ++i) {
            receipt.lines.push_back({chance(15) ? -1 - below(2) : 1 + below(4),
                                     1 + below(chance(10) ? 250000 : 3000),
                                     dialect_.voided && chance(10)});
          }
          receipts_.push_back(receipt);
        }
      }
    }
  }

  std::string money(std::int64_t minor) const {
    const bool negative = minor < 0;
    const std::int64_t value = negative ? -minor : minor;
    std::string text = std::to_string(value);
    if (!dialect_.cents) {
      std::string whole = std::to_string(value / 100);
      if (dialect_.german && dialect_.decimal == ',' && whole.size() > 3) {
        whole.insert(whole.size() - 3, ".");
      }
      text = whole + dialect_.decimal + std::to_string(100 + value % 100).substr(1);
    }
    if (!negative) return text;
    return dialect_.sign_behind ? text + "-" : "-" + text;
  }

  std::string day_of(const Receipt& of) const {
    const std::string day = std::to_string(of.day);
    if (dialect_.times == Dialect::iso) return "2026-11-" + day;
    if (dialect_.month_first) return "11/" + day + "/2026";
    return dialect_.dashes ? day + "/11/2026" : day + ".11.2026";
  }
  std::string clock_of(const Receipt& of, std::size_t row) const {
    const int later = dialect_.row_times ? static_cast<int>(row) : 0;
    const std::string minute = std::to_string(100 + of.minute + later).substr(1);
    if (dialect_.times == Dialect::iso) return "15:" + minute + ":00";
    return dialect_.half_days ? "03:" + minute + " PM" : "15:" + minute;
  }

  std::vector<std::pair<std::string, std::string>> fields(const Receipt& of, const Line& line,
                                                          std::size_t i) const;

  std::mt19937_64 random_;
  Dialect dialect_;
  std::vector<Receipt> receipts_;
};

std::vector<std::pair<std::string, std::string>> Run::fields(const Receipt& of, const Line& line,
                                                             std::size_t i) const {
  const bool g = dialect_.german;
  std::vector<std::pair<std::string, std::string>> made;
  const auto add = [&](const char* german, const char* english, const std::string& value) {
    made.emplace_back(g ? german : english, value);
  };
  if (dialect_.times == Dialect::day_clock) {
    add("Datum", "Date", day_of(of));
    add("Uhrzeit", "Time", clock_of(of, i));
  } else {
    if (dialect_.times == Dialect::full_and_day) add("Kassentag", "Business Day", day_of(of));
    const char* between = dialect_.times == Dialect::iso ? "T" : " ";
    add("Datum", "Timestamp", day_of(of) + between + clock_of(of, i));
  }
  if (dialect_.registers) add("Kasse", "Till", std::to_string(of.till));
  add("Bon", "Txn", std::to_string(of.number));
  add("ArtNr", "SKU", "A-" + std::to_string(i));
  add("Bezeichnung", "Description", i == 0 ? "K\xC3\xA4se" : "Brot");
  const int sign = dialect_.kinds && line.quantity < 0 ? -1 : 1;
  if (dialect_.kinds) {
    add("Typ", "Type", sign < 0 ? (g ? "Retoure" : "REFUND") : (g ? "Verkauf" : "SALE"));
  }
  add("Menge", "Qty", std::to_string(sign * line.quantity));
  const std::string cents = dialect_.cents ? "_cents" : "";
  if (dialect_.with_price) {
    made.emplace_back((g ? "Preis" : "Price") + cents, money(line.price));
  }
  if (dialect_.with_amount) {
    made.emplace_back((g ? "Betrag" : "Amount") + cents, money(sign * line.quantity * line.price));
  }
  if (dialect_.tender)
    add("Zahlart", "Payment", of.cash ? (g ? "BAR" : "Cash") : (g ? "EC" : "VISA"));
  if (dialect_.total) {
    made.emplace_back((g ? "Bonsumme" : "Receipt Total") + cents, money(of.gross()));
  }
  if (dialect_.paid) made.emplace_back((g ? "Gezahlt" : "Paid") + cents, money(of.gross()));
  if (dialect_.status) {
    add("Status", "Status",
        of.training ? (g ? "Schulung" : "TRAINING") : (g ? "abgeschlossen" : "OK"));
  } else if (dialect_.training)
    add("Schulung", "Training", of.training ? (g ? "J" : "1") : (g ? "N" : "0"));
  if (dialect_.voided)
    add("Storno", "Voided", line.voided ? (g ? "X" : "true") : (g ? "" : "false"));
  return made;
}

std::string Run::csv() const {
  std::string text;
  std::vector<std::pair<const Receipt*, std::size_t>> order;
  for (const Receipt& receipt : receipts_) {
    for (std::size_t i = 0; i < receipt.lines.size(); ++i) order.emplace_back(&receipt, i);
  }
  if (dialect_.scattered) std::swap(order.front(), order.back());
  for (const auto& [receipt, i] : order) {
    const auto row = fields(*receipt, receipt->lines[i], i);
    std::string names, values;
    for (const auto& [name, value] : row) {
      names += (names.empty() ? "" : std::string(1, dialect_.delimiter)) + name;
      values += (&name == &row.front().first ? "" : std::string(1, dialect_.delimiter)) + value;
    }
    if (text.empty() && dialect_.header) text += names + "\r\n";
    text += values + "\r\n";
  }
  if (dialect_.encoding == Dialect::utf8) return text;
  std::string other = dialect_.encoding == Dialect::utf16 ? "\xFF\xFE" : "";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool umlaut = text[i] == '\xC3';
    if (umlaut) ++i;
    other += umlaut ? '\xE4' : text[i];
    if (dialect_.encoding == Dialect::utf16) other += '\0';
  }
  return other;
}

struct Outcome {
  bool refused = false;  // by the draft itself, or as exceptions in plain sight
  Totals totals;
  std::string draft, problem;
};

Outcome outcome_of(const std::string& csv) {
  Outcome outcome;
  const auto made = draft_template("drafted", csv);
  if (!made) return {.refused = true, .totals = {}, .draft = {}, .problem = made.error().message};
  outcome.draft = made->text;
  const support::TemporaryDirectory directory;
  const std::filesystem::path& folder = directory.path();
  std::ofstream(folder / "sample", std::ios::binary) << csv;
  std::ofstream(folder / "drafted.toml") << made->text;
  config::Config config;
  config.site = {.tenant = "acme", .id = "store-1", .timezone = "Europe/Berlin", .currency = "EUR"};
  const auto trial = TemplateTrial::open((folder / "drafted.toml").string(), config);
  outcome.refused = !trial;
  if (!trial) outcome.problem = trial.error().message;
  // Whoever is refused is told why.
  CHECK(outcome.refused == !made->undecided.empty());
  if (trial) {
    const auto ran = trial->run(folder / "sample", [&](const TriedRecord& record) {
      for (const TriedEvent& event : record.events) {
        const auto data = nlohmann::json::parse(event.json)["data"];
        const bool sale = event.type == "retail.sale.completed.v1";
        if (!sale && event.type != "retail.return.completed.v1") continue;
        Total& total = outcome.totals[data["registerId"].get<std::string>() + "/" +
                                      data["businessDate"].get<std::string>()];
        ++total.receipts;
        total.gross += (sale ? 1 : -1) * data["totals"]["gross"]["amountMinor"].get<std::int64_t>();
        for (const auto& payment : data.value("payments", nlohmann::json::array())) {
          total.paid += (payment["direction"] == "in" ? 1 : -1) *
                        payment["amount"]["amountMinor"].get<std::int64_t>();
        }
      }
      for (const std::string& reason : record.exceptions) outcome.problem = reason;
      return true;
    });
    REQUIRE(ran);
    // A till that no column names is an exception for each receipt, and asked.
    const bool asked = outcome.problem.find("no column says the till") != std::string::npos;
    if (ran->exceptions != 0) outcome.refused = asked && !made->questions.empty();
  }
  return outcome;
}

}  // namespace

TEST_CASE("a draft counts what was rung up, or asks", "[mapping]") {
  const std::uint64_t seed = testing::announced_seed("template draft");
  int counted = 0, refused = 0;
  constexpr int runs = 150;
  for (int i = 0; i < runs; ++i) {
    const Run run(seed + static_cast<std::uint64_t>(i));
    const std::string csv = run.csv();
    const Outcome outcome = outcome_of(csv);
    if (outcome.refused) {
      ++refused;
      continue;
    }
    ++counted;
    INFO("run " << i << "\n" << csv << "\n" << outcome.draft << "\n" << outcome.problem);
    REQUIRE(outcome.totals == run.totals());
  }
  // One that always asks is no help.
  INFO(counted << " counted, " << refused << " asked");
  CHECK(counted >= runs * 2 / 3);
}
