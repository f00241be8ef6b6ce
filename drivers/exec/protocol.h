// The line protocol between the agent and a program that hands in (docs/drivers/exec.md): the
// agent's end of it, both ways. Pure.
//
// The program prints words, one JSON object a line:
//   {"id":"7","body":"…"}  {"id":"7","body_base64":"…"}  {"id":"7","record":{…}}
//   {"id":"7","records":[{…},…]}      a delivery; with "file", "values", "cursor"
//   {"begin":"7"}                     what it is about to work on
//   {"health":"failing","detail":"…"}
//   {"ask":"…","answers":["a","b"]}  what a person must decide; {"answer":"a"} comes back
//   {}                                it lives
// and hears first a hello, then one answer for each delivery, in their order.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/base/result.h"
#include "agent/core/mapping/map_record.h"
#include "agent/core/record.h"
#include "agent/core/submit.h"

namespace storeward::exec {

inline constexpr std::size_t longest_id = 256;
inline constexpr std::size_t most_records = 10'000;  // of one delivery, which is stored as a whole

// What the driver notes for itself among its program's cursors.
inline constexpr char own_cursor_mark = '\x01';

struct Handed {
  std::string id;
  std::string file;       // for people; may be empty
  mapping::Given values;  // for {value = "name"} in the template
  std::optional<SourceCursor> cursor;
  // One of the two: bytes in the driver's format, or records as they are.
  std::optional<std::string> body;
  std::deque<Record> records;  // a record's views do not outlive a move, so nothing is moved here
};

struct Begun {
  std::string id;
};

struct Health {
  bool ok = true;
  std::string detail;
};

struct Question {
  std::string text;
  std::vector<std::string> answers;
};

struct Alive {};

// A delivery that cannot be read, though its id can.
struct Unreadable {
  std::string id, reason;
};

using Word = std::variant<std::unique_ptr<Handed>, Begun, Health, Question, Alive, Unreadable>;

// Fails where it cannot even be answered: the program does not keep to the protocol.
Result<Word> read_word(std::string_view line);

// Whether a text that is kept is such a delivery, and not one of its records.
bool is_delivery(std::string_view line);

// Of a line that cannot be read, or of its beginning: {"id":"7", … ; empty if it does not say.
std::string id_at_start(std::string_view line);

struct Hello {
  std::string driver;
  std::vector<SourceCursor> cursors;  // the program's own
  std::vector<std::string> skip;      // what it is not to begin with again
  std::vector<std::string> settings;  // name=value
  std::size_t max_line_bytes = 0;
};

// With its line end.
std::string hello_line(const Hello& hello);
// What a person has decided.
std::string person_line(std::string_view answer);

// The items of one delivery in the order of its records.
class Results {
 public:
  explicit Results(std::string_view id);
  void add(const ItemOutcome& outcome);
  void add_ignored(std::string_view reason);
  std::string line() &&;

 private:
  void part();
  std::string text_;
  bool any_ = false;
};

}  // namespace storeward::exec
