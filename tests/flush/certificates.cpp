#include "tests/flush/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace kaizen::test {
namespace {

void need(bool fine) {
    if (!fine) throw std::runtime_error("OpenSSL could not make a certificate for the test");
}

std::shared_ptr<EVP_PKEY> make_key() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    need(key != nullptr);
    return {key, Freed()};
}

void add(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    need(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

std::shared_ptr<X509> blank(const std::string& common_name, EVP_PKEY* key, long from_days, long to_days) {
    static long serial = 0;
    std::shared_ptr<X509> certificate(X509_new(), Freed());
    constexpr long kDay = 86'400;
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from_days * kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to_days * kDay);
    X509_set_pubkey(certificate.get(), key);
    const auto* name = reinterpret_cast<const unsigned char*>(common_name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, name, -1, -1,
                               0);
    return certificate;
}

void sign(X509* certificate, const X509* issuer, EVP_PKEY* key) {
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    need(X509_sign(certificate, key, EVP_sha256()) > 0);
}

}  // namespace

Identity make_authority(const std::string& name) {
    const auto key = make_key();
    const auto certificate = blank(name, key.get(), -2, 2);
    add(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add(certificate.get(), NID_key_usage, "critical,keyCertSign");
    sign(certificate.get(), certificate.get(), key.get());
    return {key, certificate};
}

Identity make_self_signed(const CertificateOptions& options) {
    const auto key = make_key();
    const auto certificate = blank("localhost", key.get(), options.from_days, options.to_days);
    add(certificate.get(), NID_subject_alt_name, options.names);
    sign(certificate.get(), certificate.get(), key.get());
    return {key, certificate};
}

Identity make_signed(const Identity& authority, const CertificateOptions& options) {
    const auto key = make_key();
    const auto certificate = blank("a server of the tests", key.get(), options.from_days, options.to_days);
    add(certificate.get(), NID_subject_alt_name, options.names);
    sign(certificate.get(), authority.certificate.get(), authority.key.get());
    return {key, certificate};
}

std::string pem_of(const Identity& identity) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, identity.certificate.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

std::shared_ptr<SSL_CTX> server_context(const Identity& identity, int newest) {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), Freed());
    SSL_CTX_set_security_level(context.get(), 0);  // so that it offers old versions at all
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), newest);
    need(SSL_CTX_use_certificate(context.get(), identity.certificate.get()) == 1);
    need(SSL_CTX_use_PrivateKey(context.get(), identity.key.get()) == 1);
    return context;
}

}  // namespace kaizen::test
