#include "daemon/session/session_state.h"

#include <gtest/gtest.h>

namespace kaizen::session {
namespace {

using parse::Event;
using parse::EventKind;
using parse::Role;
using parse::TitleRank;

constexpr UnixMs kMinute = 60'000;

Event message(Role role, UnixMs at) {
    Event event;
    event.kind = EventKind::message;
    event.role = role;
    event.at = at;
    return event;
}

Event of_kind(EventKind kind, UnixMs at, std::string name = {}) {
    Event event;
    event.kind = kind;
    event.at = at;
    event.name = std::move(name);
    return event;
}

Status status_after(const Event& event, UnixMs later) {
    SessionState state;
    apply(state, event);
    return status_at(state.phase, state.last_activity, *event.at + later);
}

TEST(SessionStatus, runs_for_ten_minutes_after_a_prompt_or_a_tool) {
    EXPECT_EQ(status_after(message(Role::user, 1000), 9 * kMinute), Status::running);
    EXPECT_EQ(status_after(message(Role::user, 1000), 10 * kMinute), Status::idle);
    EXPECT_EQ(status_after(of_kind(EventKind::tool_call, 1000), kMinute), Status::running);
    EXPECT_EQ(status_after(of_kind(EventKind::tool_result, 1000), kMinute), Status::running);
}

TEST(SessionStatus, waits_for_thirty_minutes_after_the_turn_ended) {
    EXPECT_EQ(status_after(message(Role::assistant, 1000), 29 * kMinute), Status::waiting);
    EXPECT_EQ(status_after(message(Role::assistant, 1000), 30 * kMinute), Status::idle);
    const Event aborted = of_kind(EventKind::lifecycle, 1000, std::string(parse::lifecycle::turn_aborted));
    EXPECT_EQ(status_after(aborted, kMinute), Status::waiting);
}

TEST(SessionStatus, thinking_is_not_the_end_of_a_turn) {
    Event thinking = message(Role::assistant, 1000);
    thinking.thinking = true;
    EXPECT_EQ(status_after(thinking, kMinute), Status::running);
}

TEST(SessionStatus, is_done_after_an_end_or_a_day_and_runs_again_when_resumed) {
    SessionState state;
    apply(state, of_kind(EventKind::lifecycle, 1000, std::string(parse::lifecycle::session_end)));
    EXPECT_EQ(status_at(state.phase, state.last_activity, 2000), Status::done);
    apply(state, message(Role::user, 3000));
    EXPECT_EQ(status_at(state.phase, state.last_activity, 4000), Status::running);
    EXPECT_EQ(status_at(state.phase, state.last_activity, 3000 + 24 * 60 * kMinute), Status::done);
}

TEST(SessionState, spans_the_earliest_and_the_latest_time_whatever_their_order) {
    SessionState state;
    for (const UnixMs at : {5000, 3000, 9000, 4000}) apply(state, message(Role::user, at));
    EXPECT_EQ(state.started_at, 3000);
    EXPECT_EQ(state.last_activity, 9000);
    EXPECT_EQ(state.next_seq, 4);
    EXPECT_EQ(state.prompts, 4);
}

TEST(SessionState, keeps_the_first_directory_and_the_latest_model) {
    SessionState state;
    parse::SessionFacts facts;
    facts.cwd = "/a";
    facts.model = "one";
    apply(state, facts);
    facts.cwd = "/b";
    facts.model = "two";
    apply(state, facts);
    EXPECT_EQ(state.cwd, "/a");
    EXPECT_EQ(state.model, "two");
}

TEST(SessionTitle, the_agents_own_wins_over_the_first_prompt_and_the_users_over_both) {
    SessionState state;
    const auto say = [&](const char* title, TitleRank rank) {
        parse::SessionFacts facts;
        facts.title = title;
        facts.title_rank = rank;
        apply(state, facts);
    };
    say("fix it", TitleRank::first_prompt);
    say("and that", TitleRank::first_prompt);
    EXPECT_EQ(state.title, "fix it");
    say("Fixing it", TitleRank::agent);
    say("my work", TitleRank::user);
    say("Fixing more", TitleRank::agent);
    EXPECT_EQ(state.title, "my work");
}

TEST(SessionTitle, among_summaries_the_one_of_the_latest_record_wins_in_any_order) {
    SessionState one;
    apply_summary(one, "early", 3);
    apply_summary(one, "late", 9);
    SessionState two;
    apply_summary(two, "late", 9);
    apply_summary(two, "early", 3);
    EXPECT_EQ(one.title, "late");
    EXPECT_EQ(two.title, "late");
}

}  // namespace
}  // namespace kaizen::session
