#include "agent/core/rejection_notice.h"

#include "agent/core/event.h"
#include "agent/core/json_text.h"
#include "agent/core/utf8.h"

namespace storeward {
namespace {

constexpr std::size_t longest_source = 64;  // bytes

std::string notice(std::string_view id, std::string_view at, std::uint64_t exception,
                   std::string_view source, std::string_view reason) {
  std::string event = R"({"specversion":"1.0","type":"agent.record.rejected.v1","id":)";
  json_text::append_string(event, id);
  event += R"(,"source":)";
  json_text::append_string(event, own_source);
  event += R"(,"time":)";
  json_text::append_string(event, at);
  event += R"(,"data":{"exception":)";
  json_text::append_number(event, exception);
  event += R"(,"source":)";
  json_text::append_string(event, source.empty() ? "unknown" : utf8_prefix(source, longest_source));
  event += R"(,"reason":)";
  json_text::append_string(event, reason.empty() ? "unknown" : reason);
  return event + "}}";
}

}  // namespace

std::string rejection_notice(std::uint64_t exception, std::string_view at, std::string_view source,
                             std::string_view driver, std::string_view reason) {
  return notice("exception-" + std::to_string(exception), at, exception,
                source.empty() ? driver : source, reason);
}

std::string rejection_summary(std::uint64_t first, std::uint64_t last, std::uint64_t count,
                              std::string_view at) {
  return notice("exceptions-" + std::to_string(first) + "-" + std::to_string(last), at, last,
                own_source,
                std::to_string(count) + " more exceptions, numbers " + std::to_string(first) +
                    " to " + std::to_string(last));
}

}  // namespace storeward
