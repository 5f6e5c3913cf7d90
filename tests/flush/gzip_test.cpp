#include "daemon/flush/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>

namespace kaizen::flush {
namespace {

std::string gunzip(const std::string& packed, std::size_t room) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string input = packed;
    std::string out(room + 1, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    EXPECT_EQ(stream.avail_in, 0U);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

TEST(Gzip, gives_back_what_went_in) {
    std::mt19937 random(3);
    std::string noise(300'000, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    for (const std::string& body : {std::string(), std::string("{}"), std::string(1'000'000, 'a'), noise})
        EXPECT_EQ(gunzip(gzip(body), body.size()), body) << body.size();
}

TEST(Gzip, is_smaller_and_always_the_same) {
    std::string rows;
    for (int i = 0; i < 2000; ++i) rows += R"({"event_seq":)" + std::to_string(i) + R"(,"kind":"message"},)";
    EXPECT_LT(gzip(rows).size(), rows.size() / 5);
    EXPECT_EQ(gzip(rows), gzip(rows));
    EXPECT_EQ(gzip(rows).substr(4, 4), std::string(4, '\0')) << "no time in the header";
}

}  // namespace
}  // namespace kaizen::flush
