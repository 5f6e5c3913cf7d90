#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "common/json.h"
#include "proto/control.h"
#include "tests/proto/samples.h"

namespace kaizen::proto {
namespace {

// Reads what was written and writes it again: equal text means that no field was lost on the way.
template <class T>
void expect_survives(const T& value) {
    const std::string text = to_json(value);
    const auto back = from_json<T>(text);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(to_json(*back), text);
}

TEST(ControlCodec, writes_and_reads_every_field_of_every_type) {
    expect_survives(sample_status());
    expect_survives(sample_session());
    expect_survives(sample_event());
    expect_survives(sample_detail());
    expect_survives(sample_flush());
    expect_survives(sample_reload());
    expect_survives(OutboxPage{{sample_outbox_row()}, 812});
    expect_survives(OutboxChange{2, 1});
    expect_survives(sample_preview());
    expect_survives(sample_forgotten());
    expect_survives(sample_pinned());
    expect_survives(sample_backfill());
    expect_survives(sample_sync_test());
    expect_survives(sample_doctor());
    expect_survives(SessionPage{{sample_session(), Session()}, "1763985090000.7"});
    expect_survives(EventPage{{sample_event(), Event()}, 9001});
}

TEST(ControlCodec, fields_land_where_they_belong) {
    const auto event = from_json<Event>(to_json(sample_event()));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->id, 9001);
    EXPECT_EQ(event->text, "two\nlines and a \x1b escape");
    EXPECT_EQ(event->exit_code, -1);
    EXPECT_EQ(event->tokens->cache_read, 340'000);
    EXPECT_EQ(event->tokens->output, 0);
    const auto status = from_json<Status>(to_json(sample_status()));
    ASSERT_TRUE(status);
    EXPECT_EQ(status->outbox.pending.workspace_facts, 4);
    EXPECT_EQ(status->exporters.at(0).last_error->message, "connection refused");
}

// RapidJSON 1.1.0 with RAPIDJSON_SSE2 leaves U+001A to U+001F, ESC among them, as they are in the middle of a
// long text.
TEST(ControlCodec, escapes_every_control_character) {
    Event event;
    for (char c = 0; c < ' '; ++c) event.text += std::string(20, 'x') + c;
    const std::string json = to_json(event);
    EXPECT_TRUE(std::none_of(json.begin(), json.end(), [](char c) { return c >= 0 && c < ' '; })) << json;
    const auto back = from_json<Event>(json);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->text, event.text);
}

TEST(ControlCodec, unknown_is_null_and_never_zero) {
    EXPECT_EQ(
        to_json(Flush()),
        R"({"outcome":null,"batches":0,"rows":0,"deduped":0,"dead":0,"pending":0,"error":null,"exporters":[]})");
    const std::string session = to_json(Session());
    EXPECT_NE(session.find(R"("started_at_ms":null)"), std::string::npos) << session;
    EXPECT_NE(session.find(R"("tokens":null,"cost_usd_e6":null)"), std::string::npos) << session;
    const auto back = from_json<Session>(session);
    ASSERT_TRUE(back);
    EXPECT_FALSE(back->cost_usd_e6);
    EXPECT_FALSE(back->tokens);
}

TEST(ControlCodec, ignores_unknown_keys_and_other_types) {
    const auto session = from_json<Session>(
        R"({"id":"1b3e","news":{"a":[1]},"events":"many","title":7,"tokens":[],"cost_usd_e6":1.5,"prompts":3})");
    ASSERT_TRUE(session) << session.error().message;
    EXPECT_EQ(session->id, "1b3e");
    EXPECT_EQ(session->events, 0);
    EXPECT_EQ(session->title, "");
    EXPECT_FALSE(session->tokens);
    EXPECT_FALSE(session->cost_usd_e6);
    EXPECT_EQ(session->prompts, 3);
}

TEST(ControlCodec, refuses_what_is_no_object) {
    for (const char* text : {"", "[]", "7", "{", R"({"id":1} more)", "null"}) {
        EXPECT_FALSE(from_json<Session>(text)) << text;
    }
}

TEST(ControlCodec, errors_have_one_shape) {
    const std::string text = error_to_json(sample_error());
    EXPECT_EQ(text,
              R"({"error":{"code":"conflict","message":"more than one session begins with 1b3e",)"
              R"("hint":"give more of the id","retryable":true,"candidates":["1b3e9a2f","1b3eaaaa"]}})");
    const auto back = error_from_json(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(error_to_json(*back), text);
    EXPECT_FALSE(error_from_json(R"({"message":"no envelope"})"));
    EXPECT_FALSE(error_from_json("<html>"));
}

// Any damage to a good text is either refused or read as a value that can be written again.
TEST(ControlCodec, survives_damaged_text) {
    const unsigned seed = std::random_device()();
    RecordProperty("seed", static_cast<int>(seed));
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::string good = to_json(sample_detail());
    int read = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string text = good;
        for (int hit = 0; hit < 3; ++hit) text[random() % text.size()] = static_cast<char>(random() % 256);
        const auto back = from_json<SessionDetail>(text);
        if (!back) continue;
        ++read;
        EXPECT_TRUE(from_json<SessionDetail>(to_json(*back)));
    }
    EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace kaizen::proto
