#include "common/id.h"

#include <gtest/gtest.h>

#include <set>

namespace kaizen {
namespace {

TEST(UuidV7, begins_with_the_time_and_names_its_version) {
    // The time of the example in RFC 9562, appendix A.6.
    const std::string id = uuid_v7(0x017F22E279B0);
    ASSERT_EQ(id.size(), 36u);
    EXPECT_EQ(id.substr(0, 15), "017f22e2-79b0-7");
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    for (const std::size_t dash : {8u, 13u, 18u, 23u}) EXPECT_EQ(id[dash], '-');
}

TEST(UuidV7, is_another_one_each_time) {
    std::set<std::string> ids;
    for (int i = 0; i < 1000; ++i) ids.insert(uuid_v7(1));
    EXPECT_EQ(ids.size(), 1000u);
}

}  // namespace
}  // namespace kaizen
