// The limit to stand beside: RESTinio and SQLite (WAL, FULL, group commit) with nothing between
// them. No validation, no token, no masking, no streams, no dedup: one insert a request, answered
// after the commit. usage: bench-bare-intake PORT DATABASE
#include "bare_http.h"
#include "bare_store.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  asio::io_context io(1);
  bench::BareStore store(argv[2], io, [](const bench::BareStore::Requests& stored) {
    for (const auto& request : stored) bench::answer_stored(request);
  });
  bench::serve(io, static_cast<std::uint16_t>(std::atoi(argv[1])),
               [&store](restinio::request_handle_t request) { store.put(std::move(request)); });
}
