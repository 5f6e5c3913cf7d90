#include "tests/export/plain_body.h"

#include <zlib.h>

#include <algorithm>
#include <stdexcept>

#include "common/json.h"

namespace kaizen::test {
namespace {

constexpr std::size_t kLineMost = 160;

std::string compact(const JsonValue& value) {
    JsonText out;
    value.Accept(out);
    return out.str();
}

// What fits a line stands on one.
void pretty(std::string& out, const JsonValue& value, std::size_t indent) {
    const std::string line = compact(value);
    if (indent + line.size() <= kLineMost || (!value.IsObject() && !value.IsArray())) {
        out += line;
        return;
    }
    const std::string margin(indent + 2, ' ');
    const char* before = "";
    out += value.IsObject() ? '{' : '[';
    const auto begin_line = [&] {
        out += before;
        out += '\n' + margin;
        before = ",";
    };
    if (value.IsObject()) {
        for (const auto& member : value.GetObject()) {
            begin_line();
            out += compact(member.name) + ": ";
            pretty(out, member.value, indent + 2);
        }
    } else {
        for (const JsonValue& element : value.GetArray()) {
            begin_line();
            pretty(out, element, indent + 2);
        }
    }
    out += '\n' + std::string(indent, ' ') + (value.IsObject() ? '}' : ']');
}

}  // namespace

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

std::string readable(const std::string& json) {
    JsonDocument document;
    if (!document.parse(json)) throw std::runtime_error("no JSON: " + json);
    std::string out;
    pretty(out, document.root(), 0);
    return out + "\n";
}

}  // namespace kaizen::test
