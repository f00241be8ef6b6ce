#include "agent/http/message.h"

#include <algorithm>

#include "agent/base/ascii.h"
#include "agent/core/json_text.h"

namespace storeward::http {

std::string_view HttpRequest::header(std::string_view name) const {
  const auto found = std::ranges::find_if(fields, [&](const auto& field) {
    return std::ranges::equal(field.first, name, {}, to_lower, to_lower);
  });
  return found == fields.end() ? std::string_view() : found->second;
}

HttpResponse error_response(int status, std::string_view error, std::string_view hint) {
  HttpResponse response;
  response.status = status;
  response.body = R"({"error":)";
  json_text::append_string(response.body, error);
  if (!hint.empty()) {
    response.body += R"(,"hint":)";
    json_text::append_string(response.body, hint);
  }
  response.body += '}';
  return response;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return {};
  }
}

}  // namespace storeward::http
