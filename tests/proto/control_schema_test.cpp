// control-v1.yaml and the structs say the same: keys in the same order, and the same types.

#include <gtest/gtest.h>

#include <set>

#include "common/json.h"
#include "tests/proto/samples.h"
#include "tests/proto/schema_file.h"

namespace kaizen::proto {
namespace {

std::string type_of(const JsonValue& value) {
    if (value.IsString()) return "string";
    if (value.IsBool()) return "boolean";
    if (value.IsInt64()) return "integer";
    if (value.IsArray()) return "array";
    return value.IsObject() ? "object" : "null";
}

class SchemaComparison {
  public:
    SchemaComparison() : schemas_(read_schemas(std::string(KAIZEN_SOURCE_DIR) + "/proto/control-v1.yaml")) {}

    void compare(const std::string& schema, const JsonValue& object) {
        SCOPED_TRACE(schema);
        seen_.insert(schema);
        const auto& properties = schemas_[schema];
        ASSERT_TRUE(object.IsObject());
        std::vector<std::string> expected;
        for (const SchemaProperty& property : properties) expected.push_back(property.name);
        std::vector<std::string> keys;
        for (const auto& member : object.GetObject()) keys.emplace_back(member.name.GetString());
        ASSERT_EQ(keys, expected);
        for (const SchemaProperty& property : properties)
            compare_value(property, *find(object, property.name));
    }

    void compare_text(const std::string& schema, const std::string& json) {
        JsonDocument document;
        ASSERT_TRUE(document.parse(json));
        compare(schema, document.root());
    }

    // What the filled samples never reached.
    [[nodiscard]] std::vector<std::string> unseen() const {
        std::vector<std::string> names;
        for (const auto& [name, properties] : schemas_) {
            if (!seen_.contains(name)) names.push_back(name);
        }
        return names;
    }

    // A default value has nothing in its optionals. (Which strings are always there, only the schema says.)
    void expect_nullable(const std::string& schema, const std::string& json_of_default) const {
        JsonDocument document;
        ASSERT_TRUE(document.parse(json_of_default));
        for (const SchemaProperty& property : schemas_.at(schema)) {
            if (property.type == "string") continue;
            EXPECT_EQ(find(document.root(), property.name)->IsNull(), property.nullable) << property.name;
        }
    }

  private:
    void compare_value(const SchemaProperty& property, const JsonValue& value) {
        EXPECT_EQ(type_of(value), property.type) << property.name;
        if (property.refers_to.empty()) return;
        if (!value.IsArray()) return compare(property.refers_to, value);
        ASSERT_FALSE(value.Empty()) << property.name;
        compare(property.refers_to, value[0]);
    }

    Schemas schemas_;
    std::set<std::string> seen_;
};

TEST(ControlSchema, describes_exactly_what_the_codec_writes) {
    SchemaComparison comparison;
    comparison.compare_text("Status", to_json(sample_status()));
    comparison.compare_text("SessionPage", to_json(SessionPage{{sample_session()}, "next"}));
    comparison.compare_text("SessionDetail", to_json(sample_detail()));
    comparison.compare_text("EventPage", to_json(EventPage{{sample_event()}, 9001}));
    comparison.compare_text("Usage", to_json(sample_usage()));
    comparison.compare_text("Prices", to_json(sample_prices()));
    comparison.compare_text("Reprice", to_json(sample_reprice()));
    comparison.compare_text("Flush", to_json(sample_flush()));
    comparison.compare_text("Reload", to_json(sample_reload()));
    comparison.compare_text("OutboxPage", to_json(OutboxPage{{sample_outbox_row()}, 812}));
    comparison.compare_text("OutboxChange", to_json(OutboxChange{2, 1}));
    comparison.compare_text("Preview", to_json(sample_preview()));
    comparison.compare_text("Backfill", to_json(sample_backfill()));
    comparison.compare_text("Forgotten", to_json(sample_forgotten()));
    comparison.compare_text("Pinned", to_json(sample_pinned()));
    comparison.compare_text("SyncTest", to_json(sample_sync_test()));
    comparison.compare_text("ExportTest", to_json(ExportTest{{{"posthog", "posthog", sample_sync_test()}}}));
    comparison.compare_text("ExportTestRequest", R"({"name":"posthog"})");
    comparison.compare_text("Doctor", to_json(sample_doctor()));
    JsonDocument error;
    ASSERT_TRUE(error.parse(error_to_json(sample_error())));
    comparison.compare("ErrorBody", *find(error.root(), "error"));
    EXPECT_EQ(comparison.unseen(), std::vector<std::string>());
}

TEST(ControlSchema, says_which_values_may_be_null) {
    const SchemaComparison comparison;
    comparison.expect_nullable("Session", to_json(Session()));
    comparison.expect_nullable("Event", to_json(Event()));
    comparison.expect_nullable("Reprice", to_json(Reprice()));
    comparison.expect_nullable("OutboxRow", to_json(OutboxRow()));
    comparison.expect_nullable("SyncTest", to_json(SyncTest()));
}

}  // namespace
}  // namespace kaizen::proto
