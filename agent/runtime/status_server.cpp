#include "agent/runtime/status_server.h"

#include <algorithm>
#include <asio/io_context.hpp>

#include "agent/web/assets.h"

namespace storeward {
namespace {

using http::error_response;
using http::HttpRequest;
using http::HttpResponse;
using http::Respond;

constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// "localhost:8480" -> "localhost", "[::1]:8480" -> "[::1]"
std::string_view without_port(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return host.substr(0, colon);
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host == "127.0.0.1";
}

void add_security_headers(HttpResponse& response) {
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Content-Security-Policy", content_policy);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

HttpResponse text(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.content_type = "text/plain; charset=utf-8";
  return response;
}

HttpResponse asset_response(const web::Asset& asset) {
  HttpResponse response;
  response.body = asset.bytes;
  response.content_type = asset.content_type;
  return response;
}

}  // namespace

struct StatusServer::State {
  bool is_our_name(std::string_view host) const {
    const std::string_view name = without_port(host);
    return is_loopback_name(name) ||
           std::find(host_names.begin(), host_names.end(), name) != host_names.end();
  }

  // Origin: scheme://host[:port]; a page of ours carries the same host as the request.
  static bool is_same_origin(const HttpRequest& request) {
    if (request.origin.empty()) return true;
    const std::size_t scheme_end = request.origin.find("://");
    return scheme_end != std::string_view::npos &&
           request.origin.substr(scheme_end + 3) == request.host;
  }

  HttpResponse answer(const HttpRequest& request) const {
    if (!is_our_name(request.host)) {
      return error_response(421, "this name is not one of this agent's",
                            "open the page as http://localhost or http://127.0.0.1 with its port");
    }
    if (!is_same_origin(request)) {
      return error_response(403, "a page of another site may not ask this agent");
    }
    if (request.method != "GET" && request.method != "HEAD") {
      HttpResponse response = error_response(405, "only GET and HEAD are possible here");
      response.headers.emplace_back("Allow", "GET, HEAD");
      return response;
    }
    return find(request);
  }

  HttpResponse find(const HttpRequest& request) const {
    if (request.path == "/status.json") {
      HttpResponse response;
      response.body = to_json(status());
      return response;
    }
    if (request.path == "/metrics") {
      HttpResponse response = text(200, to_prometheus(status()));
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
      return response;
    }
    if (request.path == "/healthz") return text(200, "ok\n");
    if (request.path == "/readyz") {
      return ready() ? text(200, "ready\n") : text(503, "not ready: deliveries are refused\n");
    }
    if (const web::Asset* asset = web::asset_at(request.path); asset != nullptr) {
      return asset_response(*asset);
    }
    return error_response(404, "there is nothing here",
                          "there are /, /status.json, /metrics, /healthz and /readyz");
  }

  std::vector<std::string> host_names;
  std::function<AgentStatus()> status;
  std::function<bool()> ready;
  std::unique_ptr<http::HttpServer> server;
};

StatusServer::StatusServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
StatusServer::~StatusServer() = default;

Result<std::unique_ptr<StatusServer>> StatusServer::start(asio::io_context& io,
                                                          const StatusServerOptions& options,
                                                          std::function<AgentStatus()> status,
                                                          std::function<bool()> ready) {
  auto state = std::make_shared<State>();
  state->host_names = options.host_names;
  state->status = std::move(status);
  state->ready = std::move(ready);
  http::HttpServerOptions server_options;
  server_options.listen = options.listen;
  server_options.config_section = "status";
  server_options.max_body_bytes = 1024;
  server_options.max_connections = 100;
  auto server = http::HttpServer::start(
      io, std::move(server_options),
      [weak = std::weak_ptr(state)](const HttpRequest& request, const Respond& respond) {
        const auto self = weak.lock();
        if (!self) return;
        HttpResponse response = self->answer(request);
        add_security_headers(response);
        respond(std::move(response));
      });
  if (!server) return fail(server.error().message);
  state->server = std::move(*server);
  return std::unique_ptr<StatusServer>(new StatusServer(std::move(state)));
}

std::uint16_t StatusServer::port() const {
  return state_->server->port();
}

}  // namespace storeward
