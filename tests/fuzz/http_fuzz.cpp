// Bytes as they come over a connection, in pieces: Beast's parsers, limited as ours are, end with an error or
// a message.

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "tests/fuzz/fuzz.h"

namespace http = boost::beast::http;
using namespace kaizen;

namespace {

template <class Parser>
void feed(std::string_view bytes, std::size_t piece) {
    Parser parser;
    parser.eager(true);
    parser.header_limit(16 << 10);
    parser.body_limit(1 << 20);
    std::string waiting;
    boost::system::error_code error;
    for (std::size_t at = 0; at < bytes.size() && !parser.is_done(); at += piece) {
        waiting.append(bytes.substr(at, piece));
        while (!waiting.empty() && !parser.is_done()) {
            const std::size_t used = parser.put(boost::asio::buffer(waiting), error);
            fuzz::claim(used <= waiting.size(), "no more is used than there is");
            waiting.erase(0, used);
            if (error == http::error::need_more) break;
            if (error) return;
        }
    }
    if (parser.got_some() && !parser.is_done()) parser.put_eof(error);
    fuzz::claim(!parser.is_done() || parser.get().body().size() <= 1 << 20, "a body is bounded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const bool request = input.byte() % 2 != 0;
    const std::size_t piece = 1 + input.byte();
    if (request)
        feed<http::request_parser<http::string_body>>(input.rest(), piece);
    else
        feed<http::response_parser<http::string_body>>(input.rest(), piece);
    return 0;
}
