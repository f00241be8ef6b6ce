// AgentPipe: the other end of the line protocol (docs/drivers/exec.md): how a program of ours that
// the driver `exec` has started talks to the agent. Blocking; for one thread.
//
// Invariant: nothing waits for the agent for ever: once it has gone, every call says so at once.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"

namespace storeward::source {

struct Hello {
  std::string driver;
  std::size_t max_line_bytes = 0;
  std::map<std::string, std::string, std::less<>> cursors, settings;

  std::string setting(std::string_view name) const;  // empty if there is none
};

// A delivery, made into its line.
class DeliveryLine {
 public:
  explicit DeliveryLine(std::string_view id);

  void text(std::string_view name, std::string_view value);
  void values(const std::map<std::string, std::string, std::less<>>& values);
  void body(std::string_view bytes);
  void cursor(std::string_view key, std::string_view value);
  void raw(std::string_view name, std::string_view json);
  std::string line() &&;

 private:
  void name(std::string_view name);
  std::string text_;
};

class AgentPipe {
 public:
  AgentPipe(int in, int out) : in_(in), out_(out) {}

  std::optional<Hello> hello();  // none: the agent has gone, or does not speak this protocol

  // False: the agent has gone.
  bool say(std::string_view line);  // with its line end
  bool hand_in(std::string line);   // …and waits first while too many are unanswered
  bool settle();                    // waits until everything is answered
  // Waits, while the agent hears that we live; up to an answer of a person's.
  bool wait(Millis time);

  // Said only where it changes.
  bool healthy();
  bool failing(std::string_view why);
  bool ask(std::string_view question, const std::vector<std::string>& answers);
  std::optional<std::string> take_decision();  // a person's
  void forget_decision() { decision_.reset(); }

 private:
  static constexpr std::size_t most_unanswered = 8;

  enum class Heard : std::uint8_t { line, nothing, gone };
  Heard hear(Millis patience, std::string& line);
  bool take(const std::string& line);
  bool say_health(std::string line);

  int in_, out_;
  std::string unread_;
  std::size_t unanswered_ = 0;
  std::optional<std::string> decision_;
  std::string said_health_;
};

}  // namespace storeward::source
