#include "drivers/frame_answer.h"

#include "agent/core/utf8.h"

namespace storeward {
namespace {

constexpr std::size_t longest_reason = 200;
constexpr char ack = 0x06, nak = 0x15;

// One line, whatever the reason quotes from the source.
std::string in_one_line(std::string_view reason) {
  std::string line(utf8_prefix(reason, longest_reason));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

std::string as_line(const FrameAnswer& answer) {
  const std::string number = std::to_string(answer.number);
  switch (answer.word) {
    case FrameWord::ok:
      return "OK " + number + " stored\n";
    case FrameWord::duplicate:
      return "DUPLICATE\n";
    case FrameWord::exception:
      return "EXCEPTION " + number + ' ' + in_one_line(answer.reason) + '\n';
    case FrameWord::ignored:
      return "IGNORED " + in_one_line(answer.reason) + '\n';
    case FrameWord::later:
      return "LATER " + number + '\n';
    case FrameWord::refused:
      break;
  }
  return "REFUSED " + in_one_line(answer.reason) + '\n';
}

}  // namespace

FrameAnswer answer_to(const std::vector<ItemOutcome>& outcomes) {
  FrameAnswer answer;
  for (const ItemOutcome& outcome : outcomes) {
    if (outcome.exception != 0) return {FrameWord::exception, outcome.exception, outcome.reason};
    if (outcome.status == ItemStatus::stored) ++answer.number;
  }
  if (answer.number == 0 && !outcomes.empty()) answer.word = FrameWord::duplicate;
  return answer;
}

std::string on_the_wire(const FrameAnswer& answer, Acknowledge acknowledge) {
  switch (acknowledge) {
    case Acknowledge::none:
      return {};
    case Acknowledge::line:
      return as_line(answer);
    case Acknowledge::byte:
      break;
  }
  const bool done = answer.word != FrameWord::later && answer.word != FrameWord::refused;
  return {done ? ack : nak};
}

}  // namespace storeward
