// storeward-fault-proxy HOST PORT: a line between a client and a server that can be made bad.
//
// Listens on a free loopback port and prints it. One command per line on stdin, each answered with
// one line ("ok", a number, or "what? ..."); it ends when stdin closes. `up` is towards the server.
//
//   latency MS           each way        bandwidth BYTES      a second, each way; 0: unlimited
//   slice N              at most n bytes at a time            loss PERCENT
//   hold up|down|both|none               accept on|off
//   reset  (RST)         close  (FIN)    corrupt up|down N    cut up|down N    connections
//
// What TCP does with a lost packet is what a program sees of it: it comes later, and so does all
// that follows. So `loss` delays a piece by a retransmission time, and `hold` (a pulled cable, or
// one direction of it) keeps the bytes and the news of an end back until it is lifted. `corrupt`
// flips the byte, and `cut` resets the connection, after n more bytes of that direction.
#include <algorithm>
#include <array>
#include <asio.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t most_queued = 64 * 1024;  // per direction; then nothing more is read
constexpr std::size_t read_size = 16 * 1024;
constexpr milliseconds held_look{10};
constexpr milliseconds least_retransmission{200};

enum Way : std::size_t { up = 0, down = 1 };

struct Faults {
  milliseconds latency{0};
  std::size_t bandwidth = 0, slice = 0;
  unsigned loss_percent = 0;
  std::array<bool, 2> held{};
  bool accepting = true;
  std::array<std::optional<std::size_t>, 2> corrupt_after, cut_after;
  std::mt19937 chance{1};
};

// One accepted connection and its other half. Lives as long as one of its directions runs.
class Line : public std::enable_shared_from_this<Line> {
 public:
  Line(tcp::socket client, asio::io_context& io, Faults& faults)
      : client_(std::move(client)), server_(io), faults_(faults), queues_{Queue(io), Queue(io)} {}

  void start(const tcp::endpoint& to) {
    server_.async_connect(to, [self = shared_from_this()](const asio::error_code& error) {
      if (error) return self->end(true);
      for (const Way way : {up, down}) {
        self->read(way);
        self->write(way);
      }
    });
  }

  void end(bool reset) {
    for (tcp::socket* socket : {&client_, &server_}) {
      asio::error_code ignored;
      if (reset) socket->set_option(asio::socket_base::linger(true, 0), ignored);
      socket->close(ignored);
    }
    for (Queue& queue : queues_) queue.changed.cancel();
  }

  bool ended() const { return !client_.is_open(); }

 private:
  struct Piece {
    Clock::time_point due;
    std::vector<char> bytes;  // none: the end
  };
  struct Queue {
    explicit Queue(asio::io_context& io) : changed(io), changed_for_reader(io) {}
    asio::steady_timer changed, changed_for_reader;
    std::deque<Piece> pieces;
    std::size_t bytes = 0;
    Clock::time_point line_free{};
    std::vector<char> buffer = std::vector<char>(read_size);
  };

  tcp::socket& from(Way way) { return way == up ? client_ : server_; }
  tcp::socket& to(Way way) { return way == up ? server_ : client_; }

  void after(asio::steady_timer& timer, Clock::time_point when, std::function<void()> then) {
    timer.expires_at(when);
    timer.async_wait([self = shared_from_this(), then = std::move(then)](const asio::error_code&) {
      if (!self->ended()) then();
    });
  }

  void read(Way way) {
    Queue& queue = queues_[way];
    if (faults_.held[way] || queue.bytes >= most_queued) {
      return after(queue.changed_for_reader, Clock::now() + held_look, [this, way] { read(way); });
    }
    const std::size_t most = faults_.slice ? std::min(faults_.slice, read_size) : read_size;
    from(way).async_read_some(
        asio::buffer(queue.buffer.data(), most),
        [this, way, self = shared_from_this()](const asio::error_code& error, std::size_t size) {
          if (ended()) return;
          if (error) return keep(way, {});
          keep(way, std::vector<char>(queues_[way].buffer.begin(),
                                      queues_[way].buffer.begin() + static_cast<long>(size)));
          read(way);
        });
  }

  void keep(Way way, std::vector<char> bytes) {
    Queue& queue = queues_[way];
    const auto now = Clock::now();
    auto leaves = std::max(now, queue.line_free);
    if (faults_.bandwidth) {
      leaves += std::chrono::microseconds(bytes.size() * 1'000'000 / faults_.bandwidth);
    }
    if (faults_.chance() % 100 < faults_.loss_percent) {
      leaves += std::max(least_retransmission, 3 * faults_.latency);
    }
    queue.line_free = leaves;
    queue.bytes += bytes.size();
    queue.pieces.push_back({leaves + faults_.latency, std::move(bytes)});
    queue.changed.cancel();
  }

  void write(Way way) {
    Queue& queue = queues_[way];
    const auto now = Clock::now();
    const auto again = [this, way] { write(way); };
    if (queue.pieces.empty()) return after(queue.changed, Clock::time_point::max(), again);
    if (faults_.held[way]) return after(queue.changed, now + held_look, again);
    if (queue.pieces.front().due > now) {
      return after(queue.changed, queue.pieces.front().due, again);
    }
    auto piece = std::make_shared<Piece>(std::move(queue.pieces.front()));
    queue.pieces.pop_front();
    queue.bytes -= piece->bytes.size();
    if (piece->bytes.empty()) return end(false);
    if (const auto at = reached(faults_.corrupt_after[way], piece->bytes.size())) {
      piece->bytes[*at] = static_cast<char>(~piece->bytes[*at]);
    }
    const auto cut = reached(faults_.cut_after[way], piece->bytes.size());
    if (cut) piece->bytes.resize(*cut);
    asio::async_write(to(way), asio::buffer(piece->bytes),
                      [this, way, piece, cut, self = shared_from_this()](
                          const asio::error_code& error, std::size_t) {
                        if (ended()) return;
                        if (error || cut) return end(true);
                        write(way);
                      });
  }

  // Where in a piece of `size` bytes the counted one lies; the count is then over.
  static std::optional<std::size_t> reached(std::optional<std::size_t>& after, std::size_t size) {
    if (!after) return std::nullopt;
    const std::size_t left = *after;
    if (left >= size) {
      *after = left - size;
      return std::nullopt;
    }
    after.reset();
    return left;
  }

  tcp::socket client_, server_;
  Faults& faults_;
  std::array<Queue, 2> queues_;
};

class Proxy {
 public:
  Proxy(asio::io_context& io, tcp::endpoint to)
      : io_(io), to_(std::move(to)), acceptor_(io, {asio::ip::address_v4::loopback(), 0}) {
    // Or the system's buffers would swallow what a thin line cannot carry.
    acceptor_.set_option(asio::socket_base::receive_buffer_size(static_cast<int>(most_queued)));
    accept();
  }

  unsigned short port() const { return acceptor_.local_endpoint().port(); }

  std::string obey(const std::string& line) {
    std::istringstream words(line);
    std::string verb, word;
    words >> verb;
    std::size_t number = 0;
    if (verb == "reset" || verb == "close") return end_all(verb == "reset");
    if (verb == "connections") return std::to_string(accepted_);
    if (verb == "hold" && words >> word) {
      faults_.held = {word == "up" || word == "both", word == "down" || word == "both"};
      take_up();
      return "ok";
    }
    if (verb == "accept" && words >> word) {
      faults_.accepting = word == "on";
      take_up();
      return "ok";
    }
    if ((verb == "corrupt" || verb == "cut") && words >> word >> number) {
      (verb == "cut" ? faults_.cut_after : faults_.corrupt_after)[word == "up" ? up : down] =
          number;
      return "ok";
    }
    if (!(words >> number)) return "what? " + line;
    if (verb == "latency") {
      faults_.latency = milliseconds(number);
    } else if (verb == "bandwidth") {
      faults_.bandwidth = number;
    } else if (verb == "slice") {
      faults_.slice = number;
    } else if (verb == "loss") {
      faults_.loss_percent = static_cast<unsigned>(number);
    } else {
      return "what? " + line;
    }
    return "ok";
  }

 private:
  std::string end_all(bool reset) {
    for (const auto& weak : lines_) {
      if (const auto line = weak.lock()) line->end(reset);
    }
    lines_.clear();
    return "ok";
  }

  void accept() {
    acceptor_.async_accept([this](const asio::error_code& error, tcp::socket client) {
      if (error) return;
      waiting_.push_back(std::move(client));
      take_up();
      accept();
    });
  }

  // Until then a new connection stays silent, as if it had got nowhere.
  void take_up() {
    if (!faults_.accepting || faults_.held[up] || faults_.held[down]) return;
    for (tcp::socket& client : waiting_) {
      ++accepted_;
      const auto line = std::make_shared<Line>(std::move(client), io_, faults_);
      std::erase_if(lines_, [](const auto& weak) { return weak.expired(); });
      lines_.push_back(line);
      line->start(to_);
    }
    waiting_.clear();
  }

  asio::io_context& io_;
  tcp::endpoint to_;
  tcp::acceptor acceptor_;
  Faults faults_;
  std::vector<std::weak_ptr<Line>> lines_;
  std::vector<tcp::socket> waiting_;
  std::size_t accepted_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: storeward-fault-proxy HOST PORT\n";
    return 2;
  }
  asio::io_context io(1);
  Proxy proxy(io,
              {asio::ip::make_address(argv[1]), static_cast<unsigned short>(std::stoi(argv[2]))});
  std::cout << proxy.port() << std::endl;
  std::thread commands([&io, &proxy] {
    for (std::string line; std::getline(std::cin, line);) {
      asio::post(io, [&proxy, line] { std::cout << proxy.obey(line) << std::endl; });
    }
    io.stop();
  });
  io.run();
  commands.join();
  return 0;
}
