#include "daemon/flush/tls.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "daemon/flush/excerpt.h"

namespace kaizen::flush {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr std::size_t kMessageMost = 200;

bool is_address(const std::string& host) {
    in6_addr ignored{};
    return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

std::string fix_of_issuer(const std::string& ca_file) {
    if (!ca_file.empty())
        return fmt::format("sync.ca_file ({}) has to hold the certificate of the authority that signed it",
                           ca_file);
    return "put that authority's certificate into sync.ca_file (your own, or that of a proxy which reads "
           "TLS), "
           "or update the package ca-certificates";
}

Failure certificate_failure(long why, const std::string& who, const std::string& ca_file) {
    const auto made = [&who](const char* what, std::string fix) {
        return Failure(Trouble::tls_certificate, fmt::format("the certificate of {} {}", who, what),
                       std::move(fix));
    };
    switch (why) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return made("has expired",
                        "check this machine's clock; else who runs the server has to renew it");
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return made("is not valid yet", "check this machine's clock");
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return made("is for another name", "use a name in sync.endpoint that the certificate is for");
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return made("is signed by itself",
                        "if that server is yours, put its certificate into sync.ca_file");
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // another one of the same name is known
            return made("is signed by an authority that is not known here", fix_of_issuer(ca_file));
    }
    return made(fmt::format("is not accepted: {}", X509_verify_cert_error_string(why)).c_str(),
                "who runs the server has to mend it");
}

}  // namespace

tl::expected<TlsContext, Failure> load_tls_context(const std::string& ca_file) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->set_verify_mode(ssl::verify_peer);
    error_code error;
    if (ca_file.empty())
        context->set_default_verify_paths(error);
    else
        context->load_verify_file(ca_file, error);
    if (!error) return context;
    const std::string what = ca_file.empty() ? "the system's certificates" : ca_file;
    return tl::unexpected(
        Failure(Trouble::tls_certificate,
                fmt::format("cannot read {}: {}", what, excerpt(error.message(), kMessageMost)),
                "sync.ca_file has to name a file of certificates in PEM form"));
}

void expect_host(SSL* session, std::string host) {
    X509_VERIFY_PARAM* param = SSL_get0_param(session);
    if (is_address(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str());
        return;
    }
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size());
    // SSL_set_tlsext_host_name, whose macro casts in the old style.
    SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
}

Failure tls_failure(SSL* session, error_code error, const std::string& who, const std::string& ca_file) {
    const long why = SSL_get_verify_result(session);
    if (why != X509_V_OK) return certificate_failure(why, who, ca_file);
    return Failure(
        Trouble::tls, fmt::format("no TLS with {}: {}", who, excerpt(error.message(), kMessageMost)),
        "check that this port speaks TLS 1.2 or newer, and what stands between: a proxy, a network "
        "that wants you to sign in");
}

}  // namespace kaizen::flush
