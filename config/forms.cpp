#include "config/forms.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "agent/base/sha256.h"
#include "agent/base/time_zone.h"
#include "agent/core/topic_prefix.h"
#include "agent/core/value_rules.h"
#include "config/currencies.h"

namespace storeward::config {
namespace {

template <typename T>
std::optional<T> whole_number(std::string_view text) {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

// host, host:port, [v6], [v6]:port -> host and the text of the port.
struct Authority {
  std::string_view host, port;
  bool has_port = false;
};

std::optional<Authority> split_authority(std::string_view text) {
  Authority parts;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    parts.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    parts.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
  }
  if (rest.empty()) return parts;
  if (rest.front() != ':') return std::nullopt;
  parts.port = rest.substr(1);
  parts.has_port = true;
  return parts;
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return is_name_character(c) || c == ':'; });
}

Complaint about_name(std::string_view text) {
  if (is_name(text)) return {};
  return in_quotes(text) + " is not a name; use 1 to 64 of the characters A-Z a-z 0-9 . _ ~ -";
}

Complaint about_broker(std::string_view text) {
  static constexpr std::array<std::string_view, 4> schemes = {"mqtt", "mqtts", "ws", "wss"};
  const auto url = parse_url(text);
  if (!url) return url.error().message;
  if (std::find(schemes.begin(), schemes.end(), url->scheme) == schemes.end())
    return in_quotes(text) +
           ": the scheme must be mqtt, mqtts, ws or wss, as in mqtts://hub.example:8883";
  if (!url->path.empty() && !url->scheme.starts_with("ws"))
    return in_quotes(text) + ": only ws:// and wss:// have a path; leave " + in_quotes(url->path) +
           " out";
  return {};
}

Complaint about_proxy(std::string_view text) {
  if (text.empty()) return {};
  const auto url = parse_url(text);
  if (!url) return url.error().message;
  if (url->scheme == "http" && url->port != 0 && (url->path.empty() || url->path == "/")) return {};
  return in_quotes(text) + " is no proxy; write http://host:port";
}

Complaint about_topic(std::string_view text) {
  if (is_topic_prefix(text)) return {};
  return in_quotes(text) +
         " is no topic prefix; use levels of A-Z a-z 0-9 . _ ~ - joined by /, such "
         "as \"storeward/v1\"";
}

Complaint about_zone(std::string_view text) {
  const auto zone = TimeZone::named(text);
  return zone ? Complaint{} : Complaint{zone.error().message};
}

Complaint about_path(std::string_view text) {
  if (!text.empty() && text.find('\0') == std::string_view::npos) return {};
  return "an empty path; leave the key out or name a file";
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const auto mark = text.find("://");
  if (mark == std::string_view::npos || mark == 0)
    return fail(in_quotes(text) + " is no URL; write scheme://host:port");
  Url url;
  url.scheme = text.substr(0, mark);
  std::string_view rest = text.substr(mark + 3);
  const auto slash = rest.find('/');
  if (slash != std::string_view::npos) url.path = rest.substr(slash);
  rest = rest.substr(0, slash);
  if (rest.find('@') != std::string_view::npos)
    return fail("a URL here has no user or password in it; use username and password_file");
  if (text.find_first_of("?# \t") != std::string_view::npos)
    return fail(in_quotes(text) + ": leave out spaces, ? and #");
  const auto parts = split_authority(rest);
  if (!parts || !is_host(parts->host))
    return fail(in_quotes(text) +
                ": the host is missing or not readable; write scheme://host:port");
  url.host = parts->host;
  if (parts->has_port) {
    const auto port = whole_number<std::uint16_t>(parts->port);
    if (!port || *port == 0) return fail(in_quotes(text) + ": the port must be 1 to 65535");
    url.port = *port;
  }
  return url;
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto wrong = [text] {
    return fail(in_quotes(text) +
                " is no address to listen on; write IP:port, such as "
                "\"127.0.0.1:8443\" or \"[::]:8443\"");
  };
  const auto parts = split_authority(text);
  if (!parts || !parts->has_port) return wrong();
  const auto port = whole_number<std::uint16_t>(parts->port);
  if (!port) return wrong();
  Endpoint endpoint{std::string(parts->host), *port, false};
  if (endpoint.host == "localhost") endpoint.host = "127.0.0.1";
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, endpoint.host.c_str(), &v4) == 1) {
    endpoint.loopback = (ntohl(v4.s_addr) >> 24) == 127;
  } else if (inet_pton(AF_INET6, endpoint.host.c_str(), &v6) == 1) {
    endpoint.loopback = IN6_IS_ADDR_LOOPBACK(&v6);
  } else {
    return wrong();
  }
  return endpoint;
}

bool is_topic_filter(std::string_view text) {
  if (text.empty() || text.size() > 65'535) return false;
  for (bool last = false; !last;) {
    const std::size_t end = std::min(text.find('/'), text.size());
    last = end == text.size();
    const std::string_view level = text.substr(0, end);
    if (level == "#" ? !last : level.size() > 1 && level.find_first_of("#+") != level.npos) {
      return false;
    }
    if (!last) text.remove_prefix(end + 1);
  }
  return true;
}

Result<Millis> parse_time_of_day(std::string_view text) {
  const auto wrong = [text] {
    return fail(in_quotes(text) + " is no time of day; write HH:MM, 00:00 to 23:59");
  };
  if (text.size() != 5 || text[2] != ':') return wrong();
  const auto hour = whole_number<unsigned>(text.substr(0, 2));
  const auto minute = whole_number<unsigned>(text.substr(3, 2));
  if (!hour || !minute || *hour > 23 || *minute > 59) return wrong();
  return Millis{std::chrono::hours(*hour) + std::chrono::minutes(*minute)};
}

std::string time_of_day(Millis after_midnight) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(after_midnight).count();
  const auto two = [](long n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}

Complaint complaint_about(Form form, std::string_view text) {
  switch (form) {
    case Form::name:
    case Form::names:
      return about_name(text);
    case Form::broker_urls:
      return about_broker(text);
    case Form::proxy:
      return about_proxy(text);
    case Form::topic:
      return about_topic(text);
    case Form::zone:
      return about_zone(text);
    case Form::path:
      if (!text.starts_with(credential_prefix)) return about_path(text);
      return in_quotes(text) + ": only passwords and private keys can be credentials; name a path";
    case Form::secret_path:
      return text.starts_with(credential_prefix) ? about_name(text.substr(credential_prefix.size()))
                                                 : about_path(text);
    case Form::currency:
      if (is_currency_in_use(text)) return {};
      return in_quotes(text) + " is no currency in use; write its ISO 4217 code, such as \"EUR\"";
    case Form::pairs:
      if (text.find('=') != std::string_view::npos && text.front() != '=') return {};
      return "\"" + std::string(text) + "\" is not of the form name=value";
    case Form::digest: {
      Sha256 digest;
      if (from_hex(text, digest)) return {};
      return "not a SHA-256 in hex (64 characters, this has " + std::to_string(text.size()) +
             "); make it with: printf %s \"$TOKEN\" | sha256sum";
    }
    case Form::address: {
      if (text.empty()) return {};
      const auto endpoint = parse_endpoint(text);
      return endpoint ? Complaint{} : Complaint{endpoint.error().message};
    }
    case Form::time_of_day: {
      const auto time = parse_time_of_day(text);
      return time ? Complaint{} : Complaint{time.error().message};
    }
    case Form::text:
    case Form::texts:
    case Form::choice:
    case Form::integer:
      return {};
  }
  return {};
}

}  // namespace storeward::config
