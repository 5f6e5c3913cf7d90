// The table against itself: what must hold for every row, also for those that come later.

#include "common/config_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/common/fake_env.h"
#include "tests/support/temp_dir.h"

namespace kaizen {
namespace {

TEST(ConfigKeys, are_unique_and_land_in_places_of_their_own) {
    Config config;
    std::set<std::string> names;
    std::set<const void*> places;
    for (const auto& key : config_keys()) {
        EXPECT_TRUE(names.insert(std::string(key.section) + "." + std::string(key.name)).second) << key.name;
        const void* place =
            std::visit([&](auto slot) { return static_cast<const void*>(&slot(config)); }, key.slot);
        EXPECT_TRUE(places.insert(place).second) << key.name;
    }
}

TEST(ConfigKeys, have_defaults_that_keep_their_own_rules) {
    Config config;
    for (const auto& key : config_keys()) {
        std::visit(
            [&](auto slot) {
                EXPECT_EQ(complaint(key.rule, slot(config)), "") << key.section << "." << key.name;
            },
            key.slot);
    }
}

TEST(ConfigKeys, limits_are_inclusive) {
    const Rule rule{.least = 1, .most = 16};
    EXPECT_EQ(complaint(rule, std::int64_t{1}), "");
    EXPECT_EQ(complaint(rule, std::int64_t{16}), "");
    EXPECT_NE(complaint(rule, std::int64_t{0}), "");
    EXPECT_NE(complaint(rule, std::int64_t{17}), "");
}

// --check-config prints TOML: what it says, written to a file, is the same configuration.
TEST(ConfigKeys, values_that_are_shown_can_be_read_again) {
    const test::TempDir dir;
    const Env env = test::FakeEnv{
        {"HOME", "/h"},
        {"KAIZEN_SYNC_TEAM_ID", "quote \" back \\ slash"},
        {"KAIZEN_SYNC_SAMPLE_RATE", "0.5"},
        {"KAIZEN_REDACT_ALLOW",
         "a\"b,c"}}.get();
    const auto first = load_config(dir / "none.toml", env);
    ASSERT_TRUE(first);
    std::string text;
    for (const Setting& setting : first->settings) {
        text += setting.key + " = " + setting.value + "\n";
    }
    test::write_file(dir / "config.toml", text);
    const auto second = load_config(dir / "config.toml", test::FakeEnv{{"HOME", "/h"}}.get());
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_THAT(changed_keys(*first, *second), testing::IsEmpty());
    for (const Setting& setting : second->settings) EXPECT_NE(setting.origin, "default") << setting.key;
}

}  // namespace
}  // namespace kaizen
