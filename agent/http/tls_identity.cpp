#include "agent/http/tls_identity.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <string>

namespace storeward::http {
namespace {

std::string take_openssl_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "cannot be read" : reason;
}

Unexpected<Error> unusable(const std::filesystem::path& file, const std::string& reason,
                           std::string_view next_step) {
  return fail(file.string() + ": " + reason + ": " + std::string(next_step));
}

WallTime wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

}  // namespace

Result<TlsIdentity> load_tls_identity(const std::filesystem::path& cert_file,
                                      const std::filesystem::path& key_file) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Thousands of idle connections would otherwise hold two 16 KiB buffers each.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(native, cert_file.c_str()) != 1) {
    return unusable(cert_file, take_openssl_reason(),
                    "expected a certificate with its chain in PEM");
  }
  if (SSL_CTX_use_PrivateKey_file(native, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unusable(
        key_file, take_openssl_reason(),
        "expected the private key of " + cert_file.string() + " in PEM, without a password");
  }
  if (SSL_CTX_check_private_key(native) != 1) {
    return unusable(key_file, take_openssl_reason(),
                    "this key does not belong to " + cert_file.string());
  }
  const X509* const certificate = SSL_CTX_get0_certificate(native);
  return TlsIdentity{context, wall_time(X509_get0_notBefore(certificate)),
                     wall_time(X509_get0_notAfter(certificate))};
}

}  // namespace storeward::http
