#include "ctl/time_zone.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace kaizen::ctl {
namespace {

Env with_zone(const char* value) {
    return [value](const char* name) { return std::string_view(name) == "TZ" ? value : nullptr; };
}

TEST(TimeZone, is_the_one_of_the_environment) {
    EXPECT_EQ(time_zone_name(with_zone("Europe/Berlin"), "/nonexistent"), "Europe/Berlin");
    EXPECT_EQ(time_zone_name(with_zone(":America/Port-au-Prince"), "/nonexistent"), "America/Port-au-Prince");
    EXPECT_EQ(time_zone_name(with_zone("Etc/GMT+3"), "/nonexistent"), "Etc/GMT+3");
    EXPECT_EQ(time_zone_name(with_zone(""), "/nonexistent"), "UTC");
}

TEST(TimeZone, is_the_one_of_the_machine_where_the_environment_names_none) {
    const test::TempDir dir;
    const std::string link = dir / "localtime";
    std::filesystem::create_symlink("../usr/share/zoneinfo/Asia/Kolkata", link);
    EXPECT_EQ(time_zone_name(with_zone(nullptr), link), "Asia/Kolkata");
    for (const char* none : {"/etc/passwd", "../../etc/passwd", "CET-1CEST,M3.5.0,M10.5.0/3", "<+03>-3"})
        EXPECT_EQ(time_zone_name(with_zone(none), link), "Asia/Kolkata") << none;
}

TEST(TimeZone, is_unknown_where_nothing_names_it) {
    const test::TempDir dir;
    EXPECT_EQ(time_zone_name(with_zone(nullptr), dir / "missing"), "");
    test::write_file(dir / "a_file", "TZif2");
    EXPECT_EQ(time_zone_name(with_zone(nullptr), dir / "a_file"), "");
    std::filesystem::create_symlink("/somewhere/else", dir / "elsewhere");
    EXPECT_EQ(time_zone_name(with_zone(nullptr), dir / "elsewhere"), "");
    std::filesystem::create_symlink("/zoneinfo/../../secret", dir / "climbing");
    EXPECT_EQ(time_zone_name(with_zone(nullptr), dir / "climbing"), "");
}

}  // namespace
}  // namespace kaizen::ctl
