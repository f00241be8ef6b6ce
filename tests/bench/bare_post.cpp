// RESTinio alone: a POST is answered at once and kept nowhere. usage: bench-bare-post PORT
#include <cstdlib>

#include "bare_http.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  asio::io_context io(1);
  bench::serve(io, static_cast<std::uint16_t>(std::atoi(argv[1])),
               [](const restinio::request_handle_t& request) { bench::answer_stored(request); });
}
