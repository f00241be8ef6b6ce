#include "agent/tls/tls_diagnosis.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <memory>

namespace storeward {
namespace {

using Deadline = std::chrono::steady_clock::time_point;
using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Stream = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

constexpr Millis alert_patience{500};

TlsFinding about_broker(long result, const std::string& host) {
  switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {TlsFault::untrusted, "the broker's certificate is for another name than " + host};
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {TlsFault::untrusted,
              "the broker's certificate has expired (or this machine's clock is wrong)"};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {TlsFault::untrusted,
              "the broker's certificate is not valid yet (or this machine's clock is wrong)"};
    default:
      return {TlsFault::untrusted,
              std::string("the broker's certificate is not from an authority in ca_file (") +
                  X509_verify_cert_error_string(result) + ")"};
  }
}

// The newest error on OpenSSL's queue; none when the line simply broke.
std::optional<TlsFinding> about_error() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (error == 0 || ERR_GET_LIB(error) != ERR_LIB_SSL) return std::nullopt;
  const char* const known = ERR_reason_error_string(error);
  const std::string text = known == nullptr ? "unknown error" : known;
  switch (ERR_GET_REASON(error)) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return TlsFinding{TlsFault::agent_not_trusted,
                        "the broker refuses this agent's certificate or misses it (" + text + ")"};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return TlsFinding{TlsFault::untrusted,
                        "the broker offers no TLS 1.2 or newer; update it or its settings"};
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return std::nullopt;
    default:
      return TlsFinding{TlsFault::other, "the TLS handshake fails: " + text};
  }
}

// False when the deadline has passed.
bool wait_for(BIO* line, bool to_read, Deadline until) {
  const auto left = until - std::chrono::steady_clock::now();
  if (left <= left.zero()) return false;
  int descriptor = -1;
  BIO_get_fd(line, &descriptor);
  pollfd wait{descriptor, static_cast<short>(to_read ? POLLIN : POLLOUT), 0};
  const auto pause = std::min<std::chrono::milliseconds>(
      std::chrono::duration_cast<std::chrono::milliseconds>(left), std::chrono::milliseconds(100));
  ::poll(&wait, 1, static_cast<int>(pause.count()));
  return true;
}

bool ask_proxy(BIO* line, const std::string& host_port, Deadline until) {
  const std::string request =
      "CONNECT " + host_port + " HTTP/1.1\r\nHost: " + host_port + "\r\n\r\n";
  if (BIO_write(line, request.data(), static_cast<int>(request.size())) !=
      static_cast<int>(request.size())) {
    return false;
  }
  std::string answer;
  while (!answer.ends_with("\r\n\r\n") && answer.size() < 8192) {
    char next = 0;  // one by one: what follows belongs to TLS
    if (BIO_read(line, &next, 1) == 1) {
      answer += next;
    } else if (!BIO_should_retry(line) || !wait_for(line, true, until)) {
      return false;
    }
  }
  return answer.starts_with("HTTP/1.") && answer.substr(8, 4) == " 200";
}

Stream connect(const TlsTarget& target, Deadline until) {
  const std::string& where = target.proxy.empty() ? target.host_port : target.proxy;
  Stream line(BIO_new_connect(where.c_str()), &BIO_free_all);
  if (!line) return line;
  BIO_set_nbio(line.get(), 1);
  while (BIO_do_connect(line.get()) != 1) {
    if (!BIO_should_retry(line.get()) || !wait_for(line.get(), false, until)) line.reset();
    if (!line) return line;
  }
  if (!target.proxy.empty() && !ask_proxy(line.get(), target.host_port, until)) line.reset();
  return line;
}

// Repeats an SSL call until it is through or fails; its last result.
template <typename Call>
int patiently(SSL* ssl, Deadline until, Call call) {
  while (true) {
    ERR_clear_error();
    const int result = call(ssl);
    const int error = SSL_get_error(ssl, result);
    const bool again = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    if (!again || !wait_for(SSL_get_rbio(ssl), error == SSL_ERROR_WANT_READ, until)) return result;
  }
}

Session session_for(SSL_CTX* context, const std::string& host) {
  Session session(SSL_new(context), &SSL_free);
  if (!session) return session;
  // Not SSL_set_tlsext_host_name(): that macro casts const away.
  SSL_ctrl(session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));  // NOLINT: C API
  X509_VERIFY_PARAM* const expected = SSL_get0_param(session.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) != 1) {
    SSL_set1_host(session.get(), host.c_str());
  }
  return session;
}

}  // namespace

std::optional<TlsFinding> diagnose_tls(const TlsTarget& target, Millis deadline) {
  const Deadline until = std::chrono::steady_clock::now() + deadline;
  const std::string host = target.host_port.substr(0, target.host_port.rfind(':'));
  const Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (!context) return std::nullopt;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (target.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_locations(context.get(), target.ca_file.c_str(), nullptr) != 1) {
    return TlsFinding{TlsFault::untrusted,
                      "ca_file " + target.ca_file.string() + " cannot be read"};
  }
  if (!target.cert_file.empty() &&
      (SSL_CTX_use_certificate_chain_file(context.get(), target.cert_file.c_str()) != 1 ||
       SSL_CTX_use_PrivateKey_file(context.get(), target.key_file.c_str(), SSL_FILETYPE_PEM) !=
           1)) {
    return TlsFinding{TlsFault::agent_not_trusted,
                      "cert_file and key_file cannot be read or do not fit together"};
  }
  Stream line = connect(target, until);
  const Session session = session_for(context.get(), host);
  if (!line || !session) return std::nullopt;
  BIO* const owned_by_session = line.release();
  SSL_set_bio(session.get(), owned_by_session, owned_by_session);
  if (patiently(session.get(), until, SSL_connect) == 1) {
    // In TLS 1.3 the broker judges our certificate after our side of the handshake is through.
    std::array<char, 1> nothing{};
    const Deadline soon = std::chrono::steady_clock::now() + alert_patience;
    patiently(session.get(), soon,
              [&](SSL* ssl) { return SSL_peek(ssl, nothing.data(), nothing.size()); });
  }
  const long result = SSL_get_verify_result(session.get());
  if (result != X509_V_OK) return about_broker(result, host);
  return about_error();
}

}  // namespace storeward
