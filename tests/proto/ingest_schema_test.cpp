// ingest-v1.yaml and what ingest.cpp writes say the same: keys in the same order, the same types, and what is
// left out or null when it is unknown.

#include <gtest/gtest.h>

#include "common/json.h"
#include "proto/ingest.h"
#include "tests/proto/schema_file.h"

namespace kaizen::proto::ingest {
namespace {

std::string type_of(const JsonValue& value) {
    if (value.IsString()) return "string";
    if (value.IsBool()) return "boolean";
    if (value.IsInt64()) return "integer";
    if (value.IsNumber()) return "number";
    if (value.IsArray()) return "array";
    return value.IsObject() ? "object" : "null";
}

class IngestSchema : public testing::Test {
  protected:
    // `unknown`: whether all that may be unknown is.
    void compare(const std::string& schema, const JsonValue& object, bool unknown) {
        SCOPED_TRACE(schema);
        ASSERT_TRUE(schemas_.contains(schema));
        std::vector<std::string> expected;
        for (const SchemaProperty& property : schemas_[schema]) {
            if (property.required || !unknown) expected.push_back(property.name);
        }
        std::vector<std::string> keys;
        for (const auto& member : object.GetObject()) keys.emplace_back(member.name.GetString());
        ASSERT_EQ(keys, expected);
        for (const SchemaProperty& property : schemas_[schema]) {
            const JsonValue* value = find(object, property.name);
            if (value != nullptr) compare_value(property, *value, unknown);
        }
    }

    void compare_text(const std::string& schema, const std::string& json, bool unknown = false) {
        JsonDocument document;
        ASSERT_TRUE(document.parse(json)) << json;
        compare(schema, document.root(), unknown);
    }

  private:
    void compare_value(const SchemaProperty& property, const JsonValue& value, bool unknown) {
        const bool is_null = unknown && property.nullable;
        EXPECT_EQ(type_of(value), is_null ? "null" : property.type) << property.name;
        if (property.refers_to.empty() || is_null) return;
        if (!value.IsArray()) return compare(property.refers_to, value, unknown);
        for (const JsonValue& element : value.GetArray()) compare(property.refers_to, element, unknown);
    }

    Schemas schemas_ = read_schemas(std::string(KAIZEN_SOURCE_DIR) + "/proto/ingest-v1.yaml");
};

Event full_event() {
    Event event;
    event.session_id_hash = "blake3:00";
    event.event_seq = 7;
    event.ts_ms = 1'763'985'090'123;
    event.agent = "claude";
    event.model = "claude-opus-4-5";
    event.kind = "tool_call";
    event.source = "tail";
    event.tool = {"Bash"};
    event.tool_call_id = {"blake3:01"};
    event.tokens_in = {1};
    event.tokens_out = {2};
    event.reasoning_tokens = {3};
    event.cost_usd_e6 = {4};
    event.cache_read_tokens = {5};
    event.cache_creation_tokens = {6};
    event.turn = {7};
    event.response_id_hash = {"blake3:02"};
    event.parent_session_id_hash = {"blake3:03"};
    event.parent_span_id_hash = {"blake3:04"};
    event.parent_turn = {2};
    event.root_session_id_hash = {"blake3:05"};
    event.root_turn = {6};
    event.sample_rate = {0.25};
    event.payload = R"({"text_bytes":12})";
    return event;
}

ToolSpan full_span() {
    ToolSpan span;
    span.session_id_hash = "blake3:00";
    span.span_id_hash = "blake3:01";
    span.tool = {"Bash"};
    span.status = "done";
    span.started_at_ms = 1;
    span.ended_at_ms = 2;
    span.lead_time_ms = 3;
    span.tokens_in = 4;
    span.tokens_out = 5;
    span.reasoning_tokens = 6;
    span.cost_usd_e6 = 7;
    span.path_hashes = {"blake3:04"};
    span.turn = {8};
    span.agent = {"codex"};
    span.model = {"gpt-5.2"};
    span.error_type = {"exit_1"};
    span.late = {true};
    span.parent_session_id_hash = {"blake3:03"};
    span.parent_span_id_hash = {"blake3:04"};
    span.parent_turn = {2};
    span.root_session_id_hash = {"blake3:05"};
    span.root_turn = {6};
    return span;
}

RepoSnapshot full_snapshot() {
    RepoSnapshot snapshot;
    snapshot.commit_hash = "blake3:05";
    snapshot.file_facts.resize(2);
    for (FileFact& fact : snapshot.file_facts) fact.last_changed_ms = 9;
    snapshot.edges.resize(1);
    return snapshot;
}

TEST_F(IngestSchema, describes_what_is_written_when_all_is_known) {
    compare_text("Event", to_json(full_event()));
    compare_text("ToolSpan", to_json(full_span()));
    compare_text("RepoSnapshot", to_json(full_snapshot()));
    compare_text("WorkspaceFacts", to_json(WorkspaceFacts{{"blake3:06"}, {"blake3:07"}}));
}

TEST_F(IngestSchema, describes_what_is_left_out_and_what_is_null_when_it_is_unknown) {
    compare_text("Event", to_json(Event()), true);
    compare_text("ToolSpan", to_json(ToolSpan()), true);
    RepoSnapshot snapshot = full_snapshot();
    snapshot.commit_hash.reset();
    for (FileFact& fact : snapshot.file_facts) fact.last_changed_ms.reset();
    compare_text("RepoSnapshot", to_json(snapshot), true);
}

TEST_F(IngestSchema, describes_bodies) {
    const std::string event = to_json(full_event());
    const std::string span = to_json(full_span());
    const std::string snapshot = to_json(full_snapshot());
    const std::string facts = to_json(WorkspaceFacts());
    compare_text("EventBody", body_of(Kind::events, "team", "blake3:08", {event, event}));
    compare_text("ToolSpanBody", body_of(Kind::tool_spans, "team", "blake3:08", {span}));
    compare_text("RepoSnapshotBody", body_of(Kind::repo_snapshots, "team", "blake3:08", {snapshot}));
    compare_text("WorkspaceFactsBody", body_of(Kind::workspace_facts, "te\"am", "blake3:08", {facts}));
}

TEST(IngestBody, is_its_envelope_its_rows_and_commas_between_them) {
    const std::string row = to_json(full_event());
    const std::string body = body_of(Kind::events, "team", "blake3:08", {row, row, row});
    EXPECT_EQ(body.size(), envelope_bytes(Kind::events, "team", "blake3:08") + 3 * row.size() + 2);
    EXPECT_EQ(path_of(Kind::tool_spans), "/v1/tool-spans");
    EXPECT_EQ(name_of(Kind::workspace_facts), "workspace_facts");
}

TEST(IngestAnswers, are_read_as_far_as_they_make_sense) {
    EXPECT_EQ(accepted_from(R"({"received":3,"deduped":1})")->deduped, 1);
    EXPECT_FALSE(accepted_from(R"({"received":"3","deduped":-1})")->received);
    EXPECT_FALSE(accepted_from(R"({"received":"3","deduped":-1})")->deduped);
    EXPECT_FALSE(accepted_from("[1]"));
    EXPECT_FALSE(accepted_from(""));
    EXPECT_EQ(refused_from(R"({"code":"bad_kind","field":"events[3].kind","message":"no such kind"})")->field,
              "events[3].kind");
    EXPECT_EQ(overrides_from(R"({"events_per_batch_max":50,"sample_rate":0.5})")->events_per_batch_max, 50);
    EXPECT_EQ(overrides_from(R"({"events_per_batch_max":50,"sample_rate":0.5})")->sample_rate, 0.5);
    EXPECT_FALSE(overrides_from(R"({"sample_rate":7})")->sample_rate);
}

}  // namespace
}  // namespace kaizen::proto::ingest
