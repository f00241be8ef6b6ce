// A request and its answer, without a trace of the HTTP library.
//
// Owned by the io thread. A request's views live as long as any copy of it, so whoever answers
// later keeps the request (or nothing of it).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace storeward::http {

// IPv6, IPv4 as ::ffff:a.b.c.d. Cheap to compare and to keep in a table.
using RemoteAddress = std::array<std::uint8_t, 16>;

struct HttpRequest {
  std::string_view method;  // GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE
  std::string_view path;    // without the query, not percent-decoded
  std::string_view content_type, authorization, host, origin;  // empty: not there
  std::string_view body;
  std::vector<std::pair<std::string_view, std::string_view>> fields;  // all of them, as they came
  RemoteAddress remote{};
  std::shared_ptr<const void> alive;  // what the views point into

  // The first field of that name, whatever its case; empty: not there.
  std::string_view header(std::string_view name) const;
};

// header names and values are ours, never a client's text: they are written as they stand.
struct HttpResponse {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json";
  std::vector<std::pair<std::string_view, std::string>> headers = {};
  bool close = false;  // Connection: close after this answer
};

// Once per request, on the io thread, now or later. Never called: the connection is closed after
// HttpServerOptions::answer_timeout. A client that has left meanwhile does no harm.
using Respond = std::function<void(HttpResponse&&)>;

// The one shape of every error: {"error":"…","hint":"…"}; hint is left out when empty.
// Both texts are ours or masked: nothing a client sent may be echoed here.
HttpResponse error_response(int status, std::string_view error, std::string_view hint = {});

// The standard phrase, such as "Not Found"; empty for a status this program never gives.
std::string_view reason_phrase(int status);

}  // namespace storeward::http
