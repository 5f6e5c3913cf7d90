#include "daemon/redact/local_identity.h"

#include <gmock/gmock.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

using redact::Identity;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

Env env_of(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const char* name) -> const char* {
        const auto it = values.find(name);
        return it == values.end() ? nullptr : it->second.c_str();
    };
}

Identity git_author(std::string_view config) {
    Identity identity;
    redact::add_git_author(config, identity);
    return identity;
}

TEST(LocalIdentity, takes_the_account_and_the_environment) {
    const TempDir home;
    const Identity identity =
        redact::local_identity(env_of({{"HOME", home.path()}, {"USER", "ada"}, {"LOGNAME", "lovelace"}}));
    EXPECT_THAT(identity.users, Contains("ada"));
    EXPECT_THAT(identity.users, Contains("lovelace"));
    EXPECT_THAT(identity.users, Contains(std::string(::getpwuid(::getuid())->pw_name)));
    EXPECT_THAT(identity.homes, Contains(home.path()));
    EXPECT_THAT(identity.homes, Contains(std::string(::getpwuid(::getuid())->pw_dir)));
    EXPECT_EQ(identity.hosts.size(), 1u);
    EXPECT_THAT(identity.mails, IsEmpty());
}

TEST(LocalIdentity, reads_both_git_configurations) {
    const TempDir home;
    write_file(home / ".gitconfig", "[user]\n\tname = Ada Lovelace\n\temail = ada@lovelace.org\n");
    write_file(home / ".config/git/config", "[user]\nemail = ada@work.acme.io\n");
    EXPECT_THAT(redact::local_identity(env_of({{"HOME", home.path()}})).mails,
                ElementsAre("ada@work.acme.io", "ada@lovelace.org"));
    write_file(home / "xdg/git/config", "[user]\nemail = ada@xdg.acme.io\n");
    const Identity identity =
        redact::local_identity(env_of({{"HOME", home.path()}, {"XDG_CONFIG_HOME", home / "xdg"}}));
    EXPECT_THAT(identity.mails, ElementsAre("ada@xdg.acme.io", "ada@lovelace.org"));
    EXPECT_THAT(identity.persons, Contains("Ada Lovelace"));
}

TEST(LocalIdentity, reads_what_git_would) {
    const Identity identity = git_author(
        "# name = Nobody\n; x\n[core]\n\tname = no\n[ User ]\n  Name=\"Ada # Lovelace\" ; a comment\n"
        "email\t=  ada@lovelace.org # mine\r\n[user \"work\"]\nemail = other@acme.io\n[USER] email = "
        "second@acme.io\n");
    EXPECT_THAT(identity.persons, ElementsAre("Ada # Lovelace"));
    EXPECT_THAT(identity.mails, ElementsAre("ada@lovelace.org", "second@acme.io"));
}

TEST(LocalIdentity, makes_nothing_of_what_is_no_configuration) {
    for (const std::string_view text : {"", "[", "[user", "[user]", "[user]\nname",
                                        "[user]\nname =\nemail=\"\n", "[user]]\n==", "\0[user]\x01"})
        EXPECT_THAT(git_author(text).persons, IsEmpty()) << text;
}

TEST(LocalIdentity, goes_on_without_a_file_that_cannot_be_read) {
    const TempDir home;
    ASSERT_EQ(::mkfifo((home / ".gitconfig").c_str(), 0600), 0);
    EXPECT_THAT(redact::local_identity(env_of({{"HOME", home.path()}})).mails, IsEmpty());
}

}  // namespace
}  // namespace kaizen::test
