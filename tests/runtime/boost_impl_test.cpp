#include <gtest/gtest.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <string_view>

namespace kaizen {
namespace {

namespace http = boost::beast::http;

TEST(BeastsParser, takes_a_last_chunk_byte_by_byte) {
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    boost::system::error_code error;
    constexpr std::string_view kHead = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    parser.put(boost::asio::buffer(kHead), error);
    for (const std::string_view seen : {"0\r\n", "0\r\n\r", "0\r\n\r\n"})
        parser.put(boost::asio::buffer(seen), error);
    EXPECT_FALSE(error) << error.message();
    EXPECT_TRUE(parser.is_done());
}

}  // namespace
}  // namespace kaizen
