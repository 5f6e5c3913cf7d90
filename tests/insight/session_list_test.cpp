// Lists of sessions: the same as going through all of them, page by page, with every filter.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/insight/history.h"
#include "tests/support/temp_dir.h"

namespace kaizen::insight {
namespace {

constexpr UnixMs kNow = 1'795'600'000'000;
constexpr UnixMs kHour = 3'600'000;

unsigned seed() {
    const char* given = std::getenv("KAIZEN_SEED");  // NOLINT(concurrency-mt-unsafe)
    return given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
}

class SessionLists : public testing::Test {
  protected:
    struct Made {
        std::string agent, id, parent, workspace;
        std::int64_t key = 0;
        UnixMs activity = 0;
        session::Phase phase = session::Phase::waiting;
        bool shown = false;
    };

    int number(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }
    template <class T>
    const T& one_of(const std::vector<T>& all) {
        return all[static_cast<std::size_t>(number(static_cast<int>(all.size()) - 1))];
    }

    void save(Made& made) {
        session::SessionState state = store_.sessions.load(made.key);
        state.parent = made.parent;
        state.workspace = made.workspace;
        state.phase = made.phase;
        if (made.activity > 0) state.last_activity = made.activity;
        state.has_content = made.shown;  // else its file is a header so far
        ++state.next_seq;
        store_.sessions.save(made.key, state);
    }

    // Parents come before or after their children, or never; of some nothing but their header is there yet.
    void make(int count) {
        const std::vector<std::string> agents = {"claude", "codex", "cursor"};
        const std::vector<std::string> places = {"", "/w", "/w/a", "/w/a/b", "/w/ab", "/v", "/w/a-b", "/"};
        for (int i = 0; i < count; ++i) {
            Made made;
            made.agent = one_of(agents);
            made.id = fmt::format("s{}", i);
            made.workspace = one_of(places);
            if (number(2) == 0) made.parent = fmt::format("s{}", number(count));
            made.phase = static_cast<session::Phase>(number(2));
            made.activity = number(9) == 0 ? 0 : kNow - number(40) * kHour;
            made.shown = number(5) > 0;
            made.key = store_.sessions.key_of(made.agent, made.id);
            save(made);
            made_.push_back(std::move(made));
        }
        for (int i = 0; i < count / 3; ++i) {  // what becomes known later
            Made& made = made_[static_cast<std::size_t>(number(count - 1))];
            made.shown = true;
            if (number(1) == 0) made.parent = fmt::format("s{}", number(count));
            save(made);
        }
    }

    [[nodiscard]] bool is_listed(const Made& made) const {
        if (!made.shown) return false;
        return std::none_of(made_.begin(), made_.end(), [&](const Made& other) {
            return other.shown && other.agent == made.agent && other.id == made.parent &&
                   other.key != made.key;
        });
    }

    [[nodiscard]] std::vector<std::string> expected(const SessionQuestion& question) const {
        std::vector<const Made*> fitting;
        for (const Made& made : made_) {
            const std::string asked = question.aliases.resolve(question.workspace);
            const std::string place = question.aliases.resolve(made.workspace);
            const bool below =
                asked.empty() || place == asked || place.starts_with(asked == "/" ? "/" : asked + "/");
            session::SessionState state;
            state.phase = made.phase;
            state.parent = made.parent;
            if (made.activity > 0) state.last_activity = made.activity;
            const bool status = !question.status || session::status_at(state, kNow) == *question.status;
            const bool agent = question.agent.empty() || made.agent == question.agent;
            if (is_listed(made) && below && status && agent && made.activity >= question.since.value_or(0))
                fitting.push_back(&made);
        }
        std::sort(fitting.begin(), fitting.end(), [](const Made* a, const Made* b) {
            return std::tie(a->activity, a->key) > std::tie(b->activity, b->key);
        });
        std::vector<std::string> ids;
        for (const Made* made : fitting) ids.push_back(made->agent + " " + made->id);
        return ids;
    }

    std::vector<std::string> pages(SessionQuestion question) {
        std::vector<std::string> ids;
        do {
            const proto::SessionPage page = history_.sessions(question, kNow);
            EXPECT_LE(page.sessions.size(), static_cast<std::size_t>(question.limit));
            for (const proto::Session& each : page.sessions) {
                ids.push_back(each.agent + " " + each.id);
                EXPECT_EQ(question.aliases.resolve(each.workspace), each.workspace) << "shown as what it is";
            }
            question.after = page.next;
        } while (!question.after.empty());
        return ids;
    }

    test::TempDir dir_;
    store::Store store_{dir_ / "kaizen.db"};
    History history_{store_};
    std::mt19937 random_;
    std::vector<Made> made_;
};

TEST_F(SessionLists, are_what_going_through_all_of_them_gives) {
    const unsigned seed_now = seed();
    RecordProperty("KAIZEN_SEED", static_cast<int>(seed_now));
    SCOPED_TRACE(fmt::format("KAIZEN_SEED={}", seed_now));
    random_.seed(seed_now);
    make(150);
    using session::Status;
    const std::vector<std::optional<Status>> statuses = {std::nullopt, Status::running, Status::waiting,
                                                         Status::idle, Status::done};
    const std::vector<WorkspaceAliases::Map> aliases = {
        {},
        {{"/v", "/w/a"}},
        {{"/w/a", "/v"}, {"/w/ab", "/w/a/c"}},
        {{"/w/a-b", "/x"}, {"/x", "/v/b"}, {"/w/a/b", "/w/b"}}};
    for (const std::string agent : {"", "claude", "cursor", "nobody"}) {
        for (const std::string workspace : {"", "/", "/w", "/w/a", "/w/a/b", "/v", "/nowhere"}) {
            for (const auto& status : statuses) {
                SessionQuestion question;
                question.agent = agent;
                question.workspace = workspace;
                question.aliases = WorkspaceAliases(one_of(aliases));
                question.status = status;
                question.limit = 1 + number(20);
                if (number(2) == 0) question.since = kNow - number(30) * kHour;
                SCOPED_TRACE(fmt::format("agent={} workspace={} status={} since={}", agent, workspace,
                                         status ? session::to_text(*status) : "",
                                         question.since.value_or(0)));
                EXPECT_EQ(pages(question), expected(question));
            }
        }
    }
    for (const Made& made : made_) {
        const auto children = std::count_if(made_.begin(), made_.end(), [&](const Made& other) {
            return other.shown && other.parent == made.id && other.agent == made.agent;
        });
        EXPECT_EQ(store_.sessions.row(made.key).children, children) << made.id;
    }
    const auto shown = std::count_if(made_.begin(), made_.end(), [](const Made& made) { return made.shown; });
    EXPECT_EQ(store_.sessions.count(), shown);
}

}  // namespace
}  // namespace kaizen::insight
