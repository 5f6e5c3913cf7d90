#include "tests/flush/bodies.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace kaizen::test {

std::string unzipped(const std::string& bytes) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string out(std::size_t{8} << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT: zlib's signature
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

std::string text_of(const JsonValue& value) {
    JsonText out;
    value.Accept(out);
    return out.str();
}

std::vector<std::string> rows_in(const std::string& body, std::string_view path) {
    JsonDocument document;
    EXPECT_TRUE(document.parse(body)) << body;
    const JsonValue* list = find_array(document.root(), path == "/v1/events" ? "events" : "spans");
    std::vector<std::string> rows;
    for (const JsonValue& row : list->GetArray()) rows.push_back(text_of(row));
    return rows;
}

}  // namespace kaizen::test
