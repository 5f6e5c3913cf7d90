#include "daemon/export/member.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "common/small_file.h"
#include "common/text.h"

namespace kaizen::exporting {
namespace {

proto::TeamHash hash_with(char digit) { return *proto::TeamHash::with_salt(std::string(64, digit)); }

TEST(Member, is_the_same_for_a_user_on_a_machine_and_for_nobody_else) {
    const std::string member = member_of(hash_with('1'), "m", 1000);
    EXPECT_THAT(member, testing::MatchesRegex("blake3:[0-9a-f]{64}"));
    EXPECT_EQ(member_of(hash_with('1'), "m", 1000), member);
    EXPECT_NE(member_of(hash_with('1'), "n", 1000), member);
    EXPECT_NE(member_of(hash_with('1'), "m", 1001), member);
    EXPECT_NE(member_of(hash_with('1'), "m1", 0), member_of(hash_with('1'), "m", 10));
    EXPECT_NE(member_of(hash_with('2'), "m", 1000), member) << "two teams cannot tell that it is one person";
}

TEST(Member, of_this_machine_is_made_of_its_id) {
    const auto file = read_small_file("/etc/machine-id");
    if (!file || !*file || trim((*file)->text).empty()) GTEST_SKIP() << "this machine has no id";
    EXPECT_EQ(local_member(hash_with('1')), member_of(hash_with('1'), trim((*file)->text), ::getuid()));
}

TEST(Member, is_there_on_a_machine_without_an_id) {
    EXPECT_THAT(local_member(hash_with('1')), testing::MatchesRegex("blake3:[0-9a-f]{64}"));
}

}  // namespace
}  // namespace kaizen::exporting
