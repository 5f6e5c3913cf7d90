#include "common/workspace_aliases.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "common/paths.h"

namespace kaizen {
namespace {

using Map = WorkspaceAliases::Map;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST(WorkspaceAliases, are_for_a_directory_and_what_is_below_it) {
    const WorkspaceAliases aliases(Map{{"/src/old", "/src/new"}});
    EXPECT_EQ(aliases.resolve("/src/old"), "/src/new");
    EXPECT_EQ(aliases.resolve("/src/old/sub/dir"), "/src/new/sub/dir");
    EXPECT_EQ(aliases.resolve("/src/older"), "/src/older");
    EXPECT_EQ(aliases.resolve("/src"), "/src");
    EXPECT_EQ(aliases.resolve("/src/new"), "/src/new");
    EXPECT_EQ(aliases.resolve(""), "");
    EXPECT_EQ(aliases.resolve("relative"), "relative");
    EXPECT_EQ(WorkspaceAliases().resolve("/src/old"), "/src/old");
}

TEST(WorkspaceAliases, go_on_from_one_to_the_next) {
    const WorkspaceAliases aliases(Map{{"/old", "/mid"}, {"/mid", "/new"}, {"/new/lib", "/lib"}});
    EXPECT_EQ(aliases.resolve("/old"), "/new");
    EXPECT_EQ(aliases.resolve("/old/x"), "/new/x");
    EXPECT_EQ(aliases.resolve("/old/lib/x"), "/lib/x");
}

TEST(WorkspaceAliases, the_one_nearest_to_a_directory_is_its_own) {
    const WorkspaceAliases aliases(Map{{"/src", "/code"}, {"/src/site", "/web"}});
    EXPECT_EQ(aliases.resolve("/src/app"), "/code/app");
    EXPECT_EQ(aliases.resolve("/src/site/page"), "/web/page");
}

TEST(WorkspaceAliases, that_lead_back_are_complained_of) {
    const auto complaint = [](const Map& map) { return WorkspaceAliases::complaint(map, "/a"); };
    EXPECT_EQ(complaint({{"/a", "/b"}, {"/b", "/c"}}), "");
    EXPECT_EQ(complaint({{"/a", "/b"}, {"/b", "/a"}}), "/a leads back to itself: /a → /b → /a");
    EXPECT_EQ(complaint({{"/a", "/b"}, {"/b", "/c"}, {"/c", "/a"}}),
              "/a leads back to itself: /a → /b → /c → /a");
    EXPECT_THAT(complaint({{"/a", "/b"}, {"/b/x", "/a/x"}}), HasSubstr("back to itself"))
        << "/a/x would never end";
    EXPECT_EQ(complaint({{"/a", "/b"}, {"/b", "/c"}, {"/c", "/b"}}), "") << "those two are to blame";
    EXPECT_EQ(complaint({{"/a", "/a"}}), "/a is to count as itself");
    EXPECT_EQ(complaint({{"/a", "/a/b"}}), "one of /a and /a/b lies in the other");
    EXPECT_EQ(complaint({{"/a", "/"}}), "one of /a and / lies in the other");
}

TEST(WorkspaceFilter, finds_by_the_old_name_and_by_the_new_one) {
    const WorkspaceAliases aliases(Map{{"/old", "/mid"}, {"/mid", "/src/new"}});
    for (const std::string directory : {"/old", "/mid", "/src/new", "/src/new/"}) {
        const WorkspaceFilter filter(directory, aliases);
        EXPECT_FALSE(filter.takes_all());
        for (const std::string workspace : {"/old/a", "/mid/a", "/src/new/a"})
            EXPECT_TRUE(filter.takes(workspace)) << directory << " " << workspace;
        for (const std::string workspace : {"", "/", "/older", "/src", "/src/newer"})
            EXPECT_FALSE(filter.takes(workspace)) << directory << " " << workspace;
    }
    EXPECT_THAT(WorkspaceFilter("/old", aliases).roots(), UnorderedElementsAre("/old", "/mid", "/src/new"));
    EXPECT_THAT(WorkspaceFilter("/mid/a", aliases).roots(),
                UnorderedElementsAre("/old/a", "/mid/a", "/src/new/a"));
    EXPECT_THAT(WorkspaceFilter("/src", aliases).roots(), UnorderedElementsAre("/old", "/mid", "/src"));
    EXPECT_THAT(WorkspaceFilter("/", aliases).roots(), ElementsAre("/"));
    EXPECT_THAT(WorkspaceFilter("/else", aliases).roots(), ElementsAre("/else"));
}

TEST(WorkspaceFilter, leaves_out_what_counts_as_being_elsewhere) {
    const WorkspaceFilter filter("/src", WorkspaceAliases(Map{{"/src/gone", "/attic"}}));
    EXPECT_TRUE(filter.takes("/src/app"));
    EXPECT_FALSE(filter.takes("/src/gone/x"));
}

TEST(WorkspaceFilter, without_a_directory_takes_all) {
    for (const WorkspaceFilter& filter : {WorkspaceFilter(), WorkspaceFilter("", WorkspaceAliases())}) {
        EXPECT_TRUE(filter.takes_all());
        EXPECT_TRUE(filter.takes(""));
        EXPECT_TRUE(filter.takes("/a"));
    }
}

// Each merges two directories that stand in the new one of the alias before it.
TEST(WorkspaceFilter, takes_no_longer_for_aliases_that_merge_again_and_again) {
    Map map;
    for (int i = 0; i < 60; ++i) {
        for (const char* side : {"a", "b"}) map[fmt::format("/{}/{}", i, side)] = fmt::format("/{}", i + 1);
    }
    for (const auto& [from, to] : map) EXPECT_EQ(WorkspaceAliases::complaint(map, from), "");
    const WorkspaceFilter filter("/60/x", WorkspaceAliases(map));
    EXPECT_LE(filter.roots().size(), map.size() + 1);
    EXPECT_TRUE(filter.takes("/57/a/a/b/x"));
}

TEST(WorkspaceFilter, has_roots_above_all_that_it_takes) {
    const char* given = std::getenv("KAIZEN_SEED");  // NOLINT(concurrency-mt-unsafe)
    const unsigned seed =
        given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
    SCOPED_TRACE(fmt::format("KAIZEN_SEED={}", seed));
    std::mt19937 random(seed);
    const auto number = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
    const auto directory = [&] {
        std::string path;
        for (int depth = 1 + number(2); depth > 0; --depth) path += fmt::format("/{}", number(2));
        return path;
    };
    int chains = 0;
    for (int round = 0; round < 500; ++round) {
        Map map;
        for (int i = number(4); i > 0; --i) map[directory()] = directory();
        std::erase_if(
            map, [map](const auto& alias) { return !WorkspaceAliases::complaint(map, alias.first).empty(); });
        const WorkspaceAliases aliases(map);
        const std::string asked = directory();
        const WorkspaceFilter filter(asked, aliases);
        for (int i = 0; i < 40; ++i) {
            const std::string workspace = directory();
            const std::string counts_as = aliases.resolve(workspace);
            EXPECT_EQ(aliases.resolve(counts_as), counts_as);
            const bool taken = is_in_or_below(counts_as, aliases.resolve(asked));
            EXPECT_EQ(filter.takes(workspace), taken);
            const auto above =
                std::count_if(filter.roots().begin(), filter.roots().end(),
                              [&](const std::string& root) { return is_in_or_below(workspace, root); });
            EXPECT_LE(above, 1) << "it would be listed twice";
            EXPECT_TRUE(!taken || above == 1) << workspace << " in " << asked;
            chains += taken && !is_in_or_below(workspace, asked) ? 1 : 0;
        }
    }
    EXPECT_GT(chains, 100);
}

}  // namespace
}  // namespace kaizen
