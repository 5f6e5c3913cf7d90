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
    return status_at(state, *event.at + later);
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
    EXPECT_EQ(status_at(state, 2000), Status::done);
    apply(state, message(Role::user, 3000));
    EXPECT_EQ(status_at(state, 4000), Status::running);
    EXPECT_EQ(status_at(state, 3000 + 24 * 60 * kMinute), Status::done);
}

TEST(SessionState, counts_how_often_it_was_resumed_after_it_was_done) {
    constexpr UnixMs kDay = 24 * 60 * kMinute;
    SessionState state;
    for (const UnixMs at : {1000, 5000}) {
        apply(state, message(Role::user, at));
        apply(state, message(Role::assistant, at + 1000));
    }
    EXPECT_EQ(state.resumed, 0);
    apply(state, message(Role::user, 6000 + kDay));
    EXPECT_EQ(state.resumed, 1);
    apply(state, of_kind(EventKind::lifecycle, 7000 + kDay, std::string(parse::lifecycle::session_end)));
    apply(state, message(Role::user, 8000 + kDay));
    EXPECT_EQ(state.resumed, 2);
    Event copy = message(Role::user, 9000 + 3 * kDay);
    copy.copied = true;
    apply(state, copy);
    EXPECT_EQ(state.resumed, 2);

    SessionState print_mode;
    print_mode.entry_point = "sdk-cli";
    for (const UnixMs at : {1000, 5000}) {
        apply(print_mode, message(Role::user, at));
        apply(print_mode, message(Role::assistant, at + 1000));
    }
    EXPECT_EQ(print_mode.resumed, 1);
}

TEST(SessionState, of_a_fork_is_not_resumed_by_its_first_own_prompt) {
    SessionState fork;
    Event copy = message(Role::user, 1000);
    copy.copied = true;
    apply(fork, copy);
    apply(fork, message(Role::user, 1000 + 48 * 60 * kMinute));
    EXPECT_EQ(fork.resumed, 0);
}

TEST(SessionStatus, lasts_from_the_beginning_of_a_task_to_its_end_whatever_text_comes_between) {
    SessionState state;
    apply(state, of_kind(EventKind::lifecycle, 1000, std::string(parse::lifecycle::turn_start)));
    for (const Event& event : {message(Role::assistant, 2000), of_kind(EventKind::error, 3000)}) {
        apply(state, event);
        EXPECT_EQ(status_at(state, 4000), Status::running);
    }
    apply(state, of_kind(EventKind::lifecycle, 5000, std::string(parse::lifecycle::turn_end)));
    EXPECT_EQ(status_at(state, 6000), Status::waiting);
    apply(state, message(Role::assistant, 7000));
    EXPECT_EQ(status_at(state, 8000), Status::waiting);
}

TEST(SessionStatus, runs_while_the_record_says_that_the_agent_goes_on) {
    for (Event event : {message(Role::assistant, 1000), of_kind(EventKind::error, 1000, "api_error")}) {
        EXPECT_EQ(status_after(event, kMinute), Status::waiting);
        event.goes_on = true;
        EXPECT_EQ(status_after(event, kMinute), Status::running);
    }
}

TEST(SessionStatus, waits_while_a_tool_asks_the_user_whatever_other_tools_answer) {
    Event ask = of_kind(EventKind::tool_call, 1000, "AskUserQuestion");
    ask.call_id = "ask";
    ask.asks_user = true;
    Event other = of_kind(EventKind::tool_result, 2000);
    other.call_id = "other";
    Event answer = of_kind(EventKind::tool_result, 3000);
    answer.call_id = "ask";
    SessionState state;
    apply(state, ask);
    EXPECT_EQ(status_at(state, 1500), Status::waiting);
    apply(state, other);
    EXPECT_EQ(status_at(state, 2500), Status::waiting);
    apply(state, answer);
    EXPECT_EQ(status_at(state, 3500), Status::running);
    apply(state, ask);
    apply(state, message(Role::user, 4000));
    EXPECT_EQ(status_at(state, 4500), Status::running) << "the prompt is the answer";
}

TEST(SessionStatus, of_a_sub_agent_or_a_run_for_one_prompt_is_done_when_its_turn_is_over) {
    for (const char* entry_point : {"sdk-cli", "exec", "sdk-py"}) {
        SessionState state;
        state.entry_point = entry_point;
        apply(state, message(Role::user, 1000));
        EXPECT_EQ(status_at(state, 2000), Status::running);
        apply(state, message(Role::assistant, 2000));
        EXPECT_EQ(status_at(state, 3000), Status::done) << entry_point;
    }
    SessionState helper;
    helper.parent = "p";
    apply(helper, message(Role::assistant, 1000));
    EXPECT_EQ(status_at(helper, 2000), Status::done);
    helper.asks_call = "ask";
    EXPECT_EQ(status_at(helper, 2000), Status::waiting) << "its question is open";
    SessionState person;
    person.entry_point = "cli";
    apply(person, message(Role::assistant, 1000));
    EXPECT_EQ(status_at(person, 2000), Status::waiting);
}

TEST(SessionStatus, of_a_time_that_lies_ahead_is_idle_until_it_has_come) {
    SessionState state;
    apply(state, message(Role::user, 100 * kMinute));
    EXPECT_EQ(status_at(state, 10 * kMinute), Status::idle);
    EXPECT_EQ(status_at(state, 99 * kMinute), Status::running) << "clocks differ a little";
    EXPECT_EQ(status_at(state, 101 * kMinute), Status::running);
    EXPECT_EQ(status_at(state, 120 * kMinute), Status::idle);
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

// What a turn that ended is told as; "-": the event ended none.
std::string told(const std::optional<EndedTurn>& ended) {
    if (!ended) return "-";
    const auto time = [](const std::optional<UnixMs>& at) { return at ? std::to_string(*at) : "?"; };
    return std::to_string(ended->turn) + " " + time(ended->started_at) + ".." + time(ended->ended_at);
}

Event lifecycle_event(std::string_view name, UnixMs at) {
    return of_kind(EventKind::lifecycle, at, std::string(name));
}

TEST(Turn, ends_with_the_next_prompt_at_what_came_last_before_it) {
    SessionState state;
    EXPECT_EQ(told(apply(state, message(Role::assistant, 500))), "-");
    EXPECT_EQ(told(apply(state, message(Role::user, 1000))), "0 500..500");  // what came before it
    EXPECT_EQ(told(apply(state, of_kind(EventKind::tool_call, 2000))), "-");
    EXPECT_EQ(told(apply(state, message(Role::user, 9000))), "1 1000..2000");
    EXPECT_EQ(told(apply(state, message(Role::user, 9500))), "2 9000..9000");
}

TEST(Turn, ends_once_by_the_first_that_says_so) {
    for (const auto name :
         {parse::lifecycle::turn_end, parse::lifecycle::turn_aborted, parse::lifecycle::session_end}) {
        SessionState state;
        EXPECT_EQ(told(apply(state, lifecycle_event(name, 500))), "-") << name;
        apply(state, message(Role::user, 1000));
        EXPECT_EQ(told(apply(state, lifecycle_event(name, 3000))), "1 1000..3000") << name;
        EXPECT_EQ(told(apply(state, message(Role::assistant, 4000))), "-") << name;
        EXPECT_EQ(told(apply(state, lifecycle_event(parse::lifecycle::session_end, 5000))), "-") << name;
        EXPECT_EQ(told(apply(state, message(Role::user, 9000))), "-") << name;
    }
}

TEST(Turn, ends_with_the_agents_last_word_but_not_with_a_sub_agents) {
    SessionState state;
    apply(state, message(Role::user, 1000));
    Event last = message(Role::assistant, 2000);
    last.ends_turn = true;
    last.sidechain = true;
    EXPECT_EQ(told(apply(state, last)), "-");
    Event prompt = message(Role::user, 2500);
    prompt.sidechain = true;
    EXPECT_EQ(told(apply(state, prompt)), "-");
    last.sidechain = false;
    EXPECT_EQ(told(apply(state, last)), "1 1000..2500");
    EXPECT_EQ(told(apply(state, lifecycle_event(parse::lifecycle::turn_end, 3000))), "-");
}

TEST(Turn, does_not_last_until_what_only_announces_the_next) {
    SessionState state;
    apply(state, message(Role::user, 1000));
    apply(state, message(Role::assistant, 2000));
    for (const auto name : {parse::lifecycle::session_start, parse::lifecycle::turn_start,
                            parse::lifecycle::mode, parse::lifecycle::cwd, parse::lifecycle::title})
        EXPECT_EQ(told(apply(state, lifecycle_event(name, 8000))), "-") << name;
    EXPECT_EQ(told(apply(state, message(Role::user, 9000))), "1 1000..2000");
}

TEST(Turn, with_times_out_of_order_or_missing_says_what_is_known) {
    SessionState state;
    apply(state, message(Role::user, 1000));
    for (const UnixMs at : {500, 4000, 3000}) apply(state, message(Role::assistant, at));
    Event timeless = message(Role::user, 0);
    timeless.at.reset();
    EXPECT_EQ(told(apply(state, timeless)), "1 1000..4000");
    EXPECT_EQ(told(apply(state, timeless)), "2 ?..?");
    apply(state, message(Role::assistant, 7000));
    EXPECT_EQ(told(apply(state, message(Role::user, 6000))), "3 ?..7000");
}

TEST(Turn, that_was_copied_from_another_file_ends_there) {
    SessionState state;
    Event copy = message(Role::user, 1000);
    copy.replayed = true;
    EXPECT_EQ(told(apply(state, copy)), "-");
    EXPECT_EQ(told(apply(state, message(Role::user, 2000))), "-");
    EXPECT_EQ(told(apply(state, lifecycle_event(parse::lifecycle::turn_end, 3000))), "2 2000..3000");
}

TEST(Turn, of_a_fork_that_answers_a_copied_prompt_otherwise_begins_with_the_answer) {
    SessionState state;
    Event copy = message(Role::user, 1000);
    copy.copied = true;
    apply(state, copy);
    Event copied_answer = message(Role::assistant, 2000);
    copied_answer.copied = true;
    EXPECT_EQ(told(apply(state, copied_answer)), "-");
    EXPECT_EQ(state.open_turn, std::nullopt);
    EXPECT_EQ(told(apply(state, message(Role::assistant, 9000))), "-");
    EXPECT_EQ(told(apply(state, message(Role::user, 9500))), "1 9000..9000");
}

TEST(Turn, without_a_prompt_ends_once_whatever_comes_after_it) {
    for (const bool fork : {false, true}) {
        SessionState state;
        Event copy = message(Role::user, 1000);
        copy.copied = true;
        if (fork) apply(state, copy);
        apply(state, message(Role::assistant, 2000));
        EXPECT_NE(told(apply(state, lifecycle_event(parse::lifecycle::turn_aborted, 3000))), "-");
        apply(state, message(Role::assistant, 4000));
        EXPECT_EQ(told(apply(state, lifecycle_event(parse::lifecycle::turn_end, 5000))), "-");
        EXPECT_EQ(state.open_turn, std::nullopt);
    }
}

}  // namespace
}  // namespace kaizen::session
