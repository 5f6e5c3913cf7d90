#pragma once

// Certificates that the tests make for themselves: an authority, and what it signs.

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace kaizen::test {

struct Freed {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
};

struct Identity {
    std::shared_ptr<EVP_PKEY> key;
    std::shared_ptr<X509> certificate;
};

struct CertificateOptions {
    std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
    long from_days = -1;  // from today
    long to_days = 1;
};

[[nodiscard]] Identity make_authority(const std::string& name = "an authority of the tests");
[[nodiscard]] Identity make_self_signed(const CertificateOptions& options);
[[nodiscard]] Identity make_signed(const Identity& authority, const CertificateOptions& options);

[[nodiscard]] std::string pem_of(const Identity& identity);  // the certificate

// A server's context; `newest` is the highest version that it speaks.
[[nodiscard]] std::shared_ptr<SSL_CTX> server_context(const Identity& identity, int newest = TLS1_3_VERSION);

}  // namespace kaizen::test
