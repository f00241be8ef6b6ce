#include "agent/mqtt/tcp_no_delay.h"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>

using namespace storeward;
using asio::ip::tcp;

TEST_CASE("on a TCP connection that somebody else opened small packets go at once") {
  asio::io_context io;
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  tcp::socket connection(io);
  connection.connect(acceptor.local_endpoint());
  asio::local::stream_protocol::socket one(io), other(io);
  asio::local::connect_pair(one, other);

  tcp::no_delay at_once;
  connection.get_option(at_once);
  REQUIRE_FALSE(at_once.value());
  send_small_packets_at_once();
  connection.get_option(at_once);
  CHECK(at_once.value());
}
