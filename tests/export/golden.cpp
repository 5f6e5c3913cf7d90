#include "tests/export/golden.h"

#include <gtest/gtest.h>
#include <rapidjson/prettywriter.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "tests/support/temp_dir.h"

namespace kaizen::test {

std::string gunzip(std::string_view bytes) {
    z_stream stream{};
    if (::inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("inflateInit2");
    std::string in(bytes), out, part(1 << 18, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    int done = Z_OK;
    while (done == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(part.data());
        stream.avail_out = static_cast<uInt>(part.size());
        done = ::inflate(&stream, Z_NO_FLUSH);
        out.append(part, 0, part.size() - stream.avail_out);
    }
    ::inflateEnd(&stream);
    if (done != Z_STREAM_END) throw std::runtime_error("not a whole gzip member");
    return out;
}

std::string plain_body(const flush::Request& request) {
    const bool compressed = std::any_of(
        request.headers.begin(), request.headers.end(),
        [](const auto& header) { return header.first == "Content-Encoding" && header.second == "gzip"; });
    return compressed ? gunzip(request.body) : request.body;
}

std::string indented(const JsonValue& value) {
    rapidjson::StringBuffer buffer;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
    writer.SetIndent(' ', 2);
    value.Accept(writer);
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

void expect_golden(const std::string& name, const std::string& text) {
    const std::string path = std::string(KAIZEN_SOURCE_DIR) + "/tests/export/golden/" + name;
    if (std::getenv("KAIZEN_UPDATE_GOLDEN") != nullptr) write_file(path, text);
    EXPECT_EQ(read_file(path), text) << path;
}

}  // namespace kaizen::test
