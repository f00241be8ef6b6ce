// A client that sends exactly the bytes it is told to: for what no HTTP library would send.
// Blocking with a deadline; used from the test's own thread while another runs the io_context.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace storeward::testing {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port);  // 127.0.0.1; fails the test if nobody listens
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False when the other side has closed.
  bool send(std::string_view bytes);
  void half_close();

  // One answer, by its Content-Length; what came so far if the connection ends or 5 s pass.
  std::string receive();
  // Everything until the other side closes; `closed()` tells whether it did within 5 s.
  std::string receive_all();
  bool closed() const { return closed_; }
  bool has_answer(int within_ms) const;

  std::string exchange(std::string_view bytes) {
    send(bytes);
    return receive();
  }

 private:
  bool read_more(std::string& into);
  int descriptor_;
  std::string ahead_;  // of a later answer
  bool closed_ = false;
};

// "HTTP/1.1 400 …" -> 400; 0 if there is no answer.
int status_of(std::string_view answer);
std::string body_of(std::string_view answer);

}  // namespace storeward::testing
