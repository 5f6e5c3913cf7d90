// What leaves for a collector, whole, for a small session of each agent: golden/otlp_*.json, which
// otlp_check.py checks as well. After a wanted change: KAIZEN_UPDATE_GOLDEN=1 kaizen_export_test, and read
// the diff.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "common/json.h"
#include "tests/export/otlp_batches.h"

namespace kaizen::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLineMost = 160;

fs::path golden_folder() { return fs::path(KAIZEN_SOURCE_DIR) / "tests/export/golden"; }

std::string compact(const JsonValue& value) {
    JsonText out;
    value.Accept(out);
    return out.str();
}

// What fits a line stands on one.
void pretty(std::string& out, const JsonValue& value, std::size_t indent) {
    const std::string line = compact(value);
    const bool whole = indent + line.size() <= kLineMost || (!value.IsObject() && !value.IsArray());
    if (whole) {
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

std::string readable(const std::string& json) {
    JsonDocument document;
    EXPECT_TRUE(document.parse(json)) << json;
    std::string out;
    pretty(out, document.root(), 0);
    return out + "\n";
}

std::string content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(OtlpGolden, bodies_are_as_reviewed) {
    const bool update = std::getenv("KAIZEN_UPDATE_GOLDEN") != nullptr;
    std::set<std::string> names;
    for (const NamedBatch& named : agent_batches()) {
        for (const Sent& sent : otlp_requests(named.batch)) {
            const std::string signal = sent.path.substr(sent.path.rfind('/') + 1);
            const std::string name = "otlp_" + named.name + "_" + signal + ".json";
            names.insert(name);
            const std::string body = readable(sent.body);
            if (update) std::ofstream(golden_folder() / name, std::ios::binary) << body;
            EXPECT_EQ(body, content_of(golden_folder() / name)) << name;
        }
    }
    for (const auto& entry : fs::directory_iterator(golden_folder())) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("otlp_")) {
            EXPECT_TRUE(names.count(name)) << name << " is made by nothing";
        }
    }
}

}  // namespace
}  // namespace kaizen::test
