#include "agent/mqtt/tls_diagnosis.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <memory>

namespace storeward {
namespace {

std::string explain(long result, const std::string& host) {
  switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the broker's certificate is for another name than " + host;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the broker's certificate has expired (or this machine's clock is wrong)";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the broker's certificate is not valid yet (or this machine's clock is wrong)";
    default:
      return std::string("the broker's certificate is not from an authority in ca_file (") +
             X509_verify_cert_error_string(result) + ")";
  }
}

}  // namespace

std::optional<std::string> why_untrusted(const std::string& host_port, const std::string& ca_file,
                                         Millis deadline) {
  const std::string host = host_port.substr(0, host_port.rfind(':'));
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  &SSL_CTX_free);
  if (!context) return std::nullopt;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) != 1) {
    return "ca_file " + ca_file + " cannot be read";
  }
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new_ssl_connect(context.get()),
                                                          &BIO_free_all);
  SSL* ssl = nullptr;
  if (!bio || BIO_get_ssl(bio.get(), &ssl) != 1 || ssl == nullptr) return std::nullopt;
  // Not SSL_set_tlsext_host_name(), for the same reason as below.
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));  // NOLINT: C API
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) != 1) SSL_set1_host(ssl, host.c_str());
  // Not BIO_set_conn_hostname(): that macro casts const away.
  BIO_ctrl(bio.get(), BIO_C_SET_CONNECT, 0, const_cast<char*>(host_port.c_str()));  // NOLINT: C API
  BIO_set_nbio(bio.get(), 1);
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (BIO_do_handshake(bio.get()) != 1) {
    if (!BIO_should_retry(bio.get()) || std::chrono::steady_clock::now() >= until) break;
    int descriptor = -1;
    BIO_get_fd(bio.get(), &descriptor);
    pollfd wait{descriptor, static_cast<short>(BIO_should_read(bio.get()) ? POLLIN : POLLOUT), 0};
    ::poll(&wait, 1, 100);
  }
  const long result = SSL_get_verify_result(ssl);
  if (result == X509_V_OK) return std::nullopt;
  return explain(result, host);
}

}  // namespace storeward
