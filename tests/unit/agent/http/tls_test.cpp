#include <catch2/catch.hpp>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/http/server.h"
#include "tests/support/io_thread.h"
#include "tests/support/raw_client.h"

using namespace storeward;
using namespace storeward::http;
using storeward::testing::body_of;
using storeward::testing::IoThread;
using storeward::testing::RawClient;

namespace {

using asio::ip::tcp;
namespace fs = std::filesystem;

// A directory with cert.pem and key.pem that can be written anew.
class Identity {
 public:
  Identity() {
    char name[] = "/tmp/storeward-tls-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~Identity() { fs::remove_all(directory_); }
  fs::path cert() const { return directory_ / "cert.pem"; }
  fs::path key() const { return directory_ / "key.pem"; }

  // A new key and a self-signed certificate for `name`.
  void write(const std::string& name) const {
    EVP_PKEY* const pair = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, pair);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_sign(certificate, pair, EVP_sha256());
    std::FILE* const cert_file = std::fopen(cert().c_str(), "w");
    PEM_write_X509(cert_file, certificate);
    std::fclose(cert_file);
    std::FILE* const key_file = std::fopen(key().c_str(), "w");
    PEM_write_PrivateKey(key_file, pair, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(key_file);
    X509_free(certificate);
    EVP_PKEY_free(pair);
  }

 private:
  fs::path directory_;
};

HttpServerOptions tls_options(const Identity& identity) {
  HttpServerOptions options;
  options.tls_cert_file = identity.cert();
  options.tls_key_file = identity.key();
  options.read_timeout = Millis{400};
  return options;
}

class TlsServer {
 public:
  explicit TlsServer(const Identity& identity) {
    server_ = io_.run([&] {
      return std::move(*HttpServer::start(
          io_.io(), tls_options(identity), [](const HttpRequest& request, const Respond& respond) {
            respond({.status = 200, .body = std::to_string(request.body.size())});
          }));
    });
  }
  ~TlsServer() {
    io_.run([&] { server_.reset(); });
  }
  std::uint16_t port() { return server_->port(); }
  Result<void> reload() {
    return io_.run([&] { return server_->reload(); });
  }
  std::optional<WallTime> expires() {
    return io_.run([&] { return server_->certificate_expires(); });
  }

 private:
  IoThread io_;
  std::unique_ptr<HttpServer> server_;
};

// A TLS client; `subject()` is whose certificate it was shown.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int max_version = TLS1_3_VERSION)
      : context_(asio::ssl::context::tls_client), stream_(io_, context_) {
    SSL_set_max_proto_version(stream_.native_handle(), max_version);
    SSL_set_security_level(stream_.native_handle(), 0);
    stream_.lowest_layer().connect({asio::ip::address_v4::loopback(), port});
  }
  bool handshake() {
    asio::error_code error;
    stream_.handshake(asio::ssl::stream_base::client, error);
    return !error;
  }
  std::string exchange(std::string_view bytes) {
    asio::write(stream_, asio::buffer(bytes.data(), bytes.size()));
    std::string answer;
    asio::error_code error;
    while (!error && answer.find("\r\n\r\n") == std::string::npos) {
      char buffer[2048];
      answer.append(buffer, stream_.read_some(asio::buffer(buffer), error));
    }
    return answer;
  }
  std::string subject() {
    X509* const certificate = SSL_get1_peer_certificate(stream_.native_handle());
    char name[64] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                              sizeof name);
    X509_free(certificate);
    return name;
  }

 private:
  asio::io_context io_;
  asio::ssl::context context_;
  asio::ssl::stream<tcp::socket> stream_;
};

std::string subject_shown(std::uint16_t port) {
  TlsClient client(port);
  REQUIRE(client.handshake());
  return client.subject();
}

std::string post(std::size_t length) {
  return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" +
         std::string(length, 'a');
}

}  // namespace

TEST_CASE("over TLS requests are answered, small and large, one after the other", "[http][tls]") {
  Identity identity;
  identity.write("first");
  TlsServer server(identity);
  TlsClient client(server.port());
  REQUIRE(client.handshake());
  for (const std::size_t length : {1u, 100'000u, 1'000'000u, 5u}) {
    CHECK(body_of(client.exchange(post(length))) == std::to_string(length));
  }
  CHECK(client.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n")
            .starts_with("HTTP/1.1 413"));
}

TEST_CASE("TLS older than 1.2 is refused", "[http][tls]") {
  Identity identity;
  identity.write("first");
  TlsServer server(identity);
  CHECK(TlsClient(server.port(), TLS1_2_VERSION).handshake());
  CHECK_FALSE(TlsClient(server.port(), TLS1_1_VERSION).handshake());
}

TEST_CASE("a handshake that does not come to an end is cut off", "[http][tls]") {
  Identity identity;
  identity.write("first");
  TlsServer server(identity);
  RawClient silent(server.port());
  RawClient plain(server.port());
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  plain.receive_all();
  CHECK(plain.closed());
  silent.receive_all();
  CHECK(silent.closed());
}

TEST_CASE("a new certificate is taken over without a restart", "[http][tls][F30]") {
  Identity identity;
  identity.write("first");
  TlsServer server(identity);
  CHECK(subject_shown(server.port()) == "first");
  REQUIRE(server.expires());
  identity.write("second");
  CHECK(server.reload());
  CHECK(subject_shown(server.port()) == "second");
}

TEST_CASE("a broken pair is not taken over: the old one stays, with the reason",
          "[http][tls][F30]") {
  Identity identity;
  identity.write("first");
  TlsServer server(identity);
  Identity other;
  other.write("other");
  const auto refused = [&](const fs::path& named) {
    const Result<void> reloaded = server.reload();
    REQUIRE_FALSE(reloaded);
    CHECK(reloaded.error().message.find(named.string()) != std::string::npos);
    CHECK(subject_shown(server.port()) == "first");
  };
  SECTION("the key of another certificate") {
    fs::copy_file(other.key(), identity.key(), fs::copy_options::overwrite_existing);
    refused(identity.key());
  }
  SECTION("half-written") {
    fs::resize_file(identity.cert(), fs::file_size(identity.cert()) / 2);
    refused(identity.cert());
  }
  SECTION("empty") {
    fs::resize_file(identity.key(), 0);
    refused(identity.key());
  }
  SECTION("gone") {
    fs::remove(identity.cert());
    refused(identity.cert());
  }
}

TEST_CASE("with a pair that cannot be used there is no server", "[http][tls]") {
  Identity identity;
  identity.write("first");
  asio::io_context io;
  HttpServerOptions options = tls_options(identity);
  options.tls_key_file = "/nonexistent/key.pem";
  auto server = HttpServer::start(io, options, [](const HttpRequest&, const Respond&) {});
  REQUIRE_FALSE(server);
  CHECK(server.error().message.find("/nonexistent/key.pem") != std::string::npos);
  options.tls_key_file.clear();
  CHECK_FALSE(HttpServer::start(io, options, [](const HttpRequest&, const Respond&) {}));
}

TEST_CASE("with TLS the server may listen off loopback", "[http][tls]") {
  Identity identity;
  identity.write("first");
  asio::io_context io;
  HttpServerOptions options = tls_options(identity);
  options.listen = "0.0.0.0:0";
  CHECK(HttpServer::start(io, options, [](const HttpRequest&, const Respond&) {}));
}
