// What leaves, whole, for a small session of each agent: golden/<exporter>_<agent>_<kind of rows>; genai_ is
// OTLP with the names of that release. Python checks them as well: otlp_check.py each OTLP body, field by
// field, bodies_check.py what they say together. After a wanted change: KAIZEN_UPDATE_GOLDEN=1
// kaizen_export_test, and read the diff.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "daemon/export/exporters.h"
#include "tests/export/hand_made.h"
#include "tests/export/plain_body.h"
#include "tests/export/session_batches.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

namespace fs = std::filesystem;

const std::string kGolden = std::string(KAIZEN_SOURCE_DIR) + "/tests/export/golden";

struct Body {
    std::string name;  // of its file
    std::string text;
};

// "otlp_claude_events_traces.json"; `part` tells batches of one kind apart.
std::string file_name(const std::string& type, const std::string& who, const outbox::Batch& batch,
                      const flush::Request& request, const std::string& part) {
    const std::string signal =
        type == "otlp" || type == "genai" ? "_" + fs::path(request.path).filename().string() : "";
    return type + "_" + who + "_" + std::string(proto::ingest::name_of(batch.kind)) + part + signal +
           (type == "file" ? ".ndjson" : ".json");
}

ExportTarget golden_target(const std::string& type) {
    ExportTarget target = target_of(type == "genai" ? "otlp" : type);
    if (type == "genai") target.semconv = "genai-0.1";
    return target;
}

std::vector<Body> bodies_of(const NamedBatches& named, bool cut) {
    std::vector<Body> bodies;
    for (const char* type : {"otlp", "genai", "posthog", "datadog", "file"}) {
        int number = 0;
        // As the outbox keeps it for each lane.
        std::map<std::pair<proto::ingest::Kind, std::string>, std::string> told;
        for (outbox::Batch batch : named.batches) {
            std::string& known = told[{batch.kind, batch.workspace_hash}];
            batch.told = known;
            const std::string part = cut ? "_" + std::to_string(number++) : "";
            const ExportTarget target = golden_target(type);
            const auto shipment =
                exporting::find_exporter(target.type)->ship(batch, target, origin(), kExportNow);
            EXPECT_TRUE(shipment.unfit.empty()) << type << " " << named.name;
            if (!shipment.told.empty()) known = shipment.told;
            for (const flush::Request& request : shipment.requests) {
                const std::string body = plain_body(request);
                bodies.push_back({file_name(type, named.name, batch, request, part),
                                  request.method == "APPEND" ? body : readable(body)});
            }
        }
    }
    return bodies;
}

TEST(Golden, bodies_are_as_reviewed) {
    const bool update = std::getenv("KAIZEN_UPDATE_GOLDEN") != nullptr;
    std::set<std::string> names;
    for (const NamedBatches& named : all_batches())
        for (const Body& body : bodies_of(named, false)) {
            EXPECT_TRUE(names.insert(body.name).second) << body.name << " is made twice";
            const std::string path = kGolden + "/" + body.name;
            if (update) write_file(path, body.text);
            EXPECT_EQ(fs::exists(path) ? read_file(path) : "no such file", body.text) << path;
        }
    for (const auto& entry : fs::directory_iterator(kGolden)) {
        const std::string name = entry.path().filename().string();
        EXPECT_TRUE(names.count(name)) << name << " is made by nothing";
    }
}

TEST(Golden, what_bodies_say_together_is_true_however_batches_are_cut) {
    for (const std::int64_t rows : {1, 2, 3, 7}) {
        const TempDir folder;
        for (const NamedBatches& named : session_batches("metadata", rows))
            for (const Body& body : bodies_of(named, true)) write_file(folder / body.name, body.text);
        const std::string command =
            "python3 -B " KAIZEN_SOURCE_DIR "/tests/export/bodies_check.py " + folder.path();
        EXPECT_EQ(std::system(command.c_str()), 0) << rows << " rows at the most";
    }
}

}  // namespace
}  // namespace kaizen::test
