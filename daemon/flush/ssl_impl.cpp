// The one place where Asio's non-template TLS code is compiled. Not in runtime/boost_impl.cpp: kaizenctl
// links that, and has nothing to do with OpenSSL.

#include <boost/asio/ssl/impl/src.hpp>
