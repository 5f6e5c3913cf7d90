#pragma once

// What TLS checks, and what is said to people when it fails. TLS 1.2 or newer; the certificate is verified
// against the system's store or against one file, and for the host's name. Nothing turns that off.

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "daemon/flush/reply.h"

namespace kaizen::flush {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;  // shared by the sink and who loads it

// Reads the store: `ca_file`, or the system's where that is empty. 30 ms for the 140 certificates of Debian,
// so on the worker thread. Trouble::tls_certificate when the file cannot be read.
[[nodiscard]] tl::expected<TlsContext, Failure> load_tls_context(const std::string& ca_file);

// Before the handshake: which host the certificate has to be for, and, for a name, SNI. I/O thread.
void expect_host(SSL* session, std::string host);

// Why the handshake failed, in words. `who` is "host:port". I/O thread.
[[nodiscard]] Failure tls_failure(SSL* session, boost::system::error_code error, const std::string& who,
                                  const std::string& ca_file);

}  // namespace kaizen::flush
