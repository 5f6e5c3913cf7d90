#include "proto/team_hash.h"

#include <gtest/gtest.h>

namespace kaizen::proto {
namespace {

TeamHash zero_salt() { return *TeamHash::with_salt(std::string(64, '0')); }

// The vectors of spec "wire".
TEST(TeamHash, is_the_hash_that_other_clients_send) {
    const TeamHash hash = zero_salt();
    EXPECT_EQ(hash.of(""), "blake3:2ada83c1819a5372dae1238fc1ded123c8104fdaa15862aaee69428a1820fcda");
    EXPECT_EQ(hash.workspace("/Users/alice/proj"),
              "blake3:6fa159d0bf044404f1dd66430bf2038a1f2d7315ba03683111f396b340a0e216");
    EXPECT_EQ(hash.session("5b1c9f0e-1111-2222-3333-444455556666"),
              "blake3:751d42cd984d95a781f682655bba145de0e9ac814c2a59c7fe83b784cfe0708d");
    EXPECT_EQ(hash.span("toolu_01"),
              "blake3:45967b25ebdb605490bf2ba17f18d7babdd84ff7062d7c6389d24758277417e4");
    EXPECT_EQ(hash.path("src/main.rs"),
              "blake3:6ac9f506b2e0264edf78771a0e108ee7b1b97aa7f48304a32d59487ac5df76c0");
    EXPECT_EQ(hash.commit("0123456789abcdef0123456789abcdef01234567"),
              "blake3:c37fdb4ae62e300f6da3d974e9a39d53ea71dfa6ea4b4447d2633ac5da66acec");
    EXPECT_EQ(hash.skill("tdd"), "blake3:8600f95193ee9e30dd65e8bdd236ffad26be15c1d125d5d94b41d773a9784f48");
    EXPECT_EQ(hash.rule("code-quality"),
              "blake3:3f7e08785622c4a268ba9f019a2618efba7c2e5c983cf8ad03acec468b295d05");
}

TEST(TeamHash, of_a_call_without_an_id_is_of_its_place) {
    EXPECT_EQ(zero_salt().span("s1", 7), zero_salt().of("s1:7"));
    EXPECT_EQ(zero_salt().call("s1", "toolu_01"), zero_salt().span("toolu_01"));
    EXPECT_NE(zero_salt().call("s1", "3:1"), zero_salt().call("s2", "3:1"));
}

TEST(TeamHash, differs_by_salt) {
    EXPECT_NE(zero_salt().of("a"), TeamHash::with_salt(std::string(63, '0') + "1")->of("a"));
    EXPECT_EQ(TeamHash::with_salt(std::string(64, 'A'))->of("a"),
              TeamHash::with_salt(std::string(64, 'a'))->of("a"));
}

TEST(TeamHash, refuses_a_salt_that_is_none_without_repeating_it) {
    for (const std::string salt : {"", "ab", "0x", "no hexadecimal digits at all"}) {
        const auto hash = TeamHash::with_salt(salt);
        ASSERT_FALSE(hash) << salt;
        EXPECT_EQ(hash.error().message, "the team's salt is not 64 hexadecimal digits");
    }
    EXPECT_FALSE(TeamHash::with_salt(std::string(63, '0')));
    EXPECT_FALSE(TeamHash::with_salt(std::string(65, '0')));
    EXPECT_FALSE(TeamHash::with_salt(std::string(62, '0') + "+1"));
}

TEST(Remote, is_the_same_however_it_is_written) {
    for (const char* url :
         {"git@GitHub.com:acme/app.git", "https://tok@github.com/acme/app",
          "https://user:secret@GITHUB.COM/acme/app.git", "ssh://git@github.com:22/acme/app.git",
          "github.com:acme/app", "git://github.com/acme/app/", "https://github.com/acme/app.git/",
          "git@github.com:/acme/app"}) {
        EXPECT_EQ(normalised_remote(url), "github.com/acme/app") << url;
    }
    EXPECT_EQ(normalised_remote("https://git.example.com:8443/a/b/c"), "git.example.com/a/b/c");
    EXPECT_EQ(normalised_remote("ssh://git@[2001:DB8::1]:2222/a"), "[2001:db8::1]/a");
    EXPECT_EQ(normalised_remote("git@[2001:db8::1]:a"), "[2001:db8::1]/a");
    EXPECT_EQ(normalised_remote("https://github.com/Acme/App"), "github.com/Acme/App")
        << "paths keep their case";
}

TEST(Remote, that_is_a_directory_is_none) {
    for (const char* url :
         {"", "/srv/git/app.git", "../app", "file:///srv/git/app", "C:\\git\\app", "C:/git/app", "app",
          "https://github.com", "https://github.com/", "git@github.com:", "https:///a/b", "./a:b"}) {
        EXPECT_FALSE(normalised_remote(url)) << url << " " << normalised_remote(url).value_or("");
    }
}

}  // namespace
}  // namespace kaizen::proto
