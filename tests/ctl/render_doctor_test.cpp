#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <filesystem>

#include "common/text.h"
#include "common/unique_fd.h"
#include "ctl/plain_text.h"
#include "tests/ctl/command_run.h"
#include "tests/ctl/fake_daemon.h"
#include "tests/support/temp_dir.h"

namespace kaizen::ctl {
namespace {

using test::TempDir;
using testing::HasSubstr;
using testing::Not;

proto::Doctor well() {
    return {{{"socket", "ok", "Socket", "yours alone", ""},
             {"database", "ok", "Database", "7.5 MB", ""},
             {"agents", "ok", "Environments", "", ""}}};
}

proto::Doctor unwell() {
    proto::Doctor doctor = well();
    doctor.checks.push_back({"config_mode", "warning", "config.toml can be read by others",
                             "it holds a token", "chmod 600 config.toml"});
    doctor.checks.push_back({"endpoint", "error", "the team's server does not take our token",
                             "GET https://kaizen.example/v1/health answers 401 Unauthorized",
                             "mend sync.team_token"});
    return doctor;
}

TEST(RenderDoctor, puts_details_below_each_other) {
    EXPECT_EQ(render_doctor(look_of(80), well()),
              "✔ Socket        yours alone\n"
              "✔ Database      7.5 MB\n"
              "✔ Environments\n"
              "\n"
              "✔ all well · 3 checks\n");
}

// Whatever is to know, such as what is left out, all is not simply well.
TEST(RenderDoctor, does_not_say_all_well_over_a_note) {
    proto::Doctor doctor = well();
    doctor.checks.push_back({"left_out:link", "info", "Symbolic links are not followed", "3 symbolic links",
                             "one line\nto be = \"copied\"  as it is"});
    EXPECT_EQ(render_doctor(look_of(80), doctor),
              "✔ Socket        yours alone\n"
              "✔ Database      7.5 MB\n"
              "✔ Environments\n"
              "· Symbolic links are not followed  3 symbolic links\n"
              "  → one line\n"
              "    to be = \"copied\" as it is\n"
              "\n"
              "4 checks · 3 ok · 1 note\n");
}

TEST(RenderDoctor, says_what_is_wrong_and_how_to_mend_it) {
    EXPECT_EQ(render_doctor(look_of(60), unwell()),
              "✔ Socket        yours alone\n"
              "✔ Database      7.5 MB\n"
              "✔ Environments\n"
              "▲ config.toml can be read by others  it holds a token\n"
              "  → chmod 600 config.toml\n"
              "✖ the team's server does not take our token\n"
              "  GET https://kaizen.example/v1/health answers 401\n"
              "  Unauthorized\n"
              "  → mend sync.team_token\n"
              "\n"
              "5 checks · 3 ok · 1 warning · 1 error\n");
}

TEST(RenderDoctor, keeps_to_the_width_and_hides_escapes) {
    proto::Doctor doctor = unwell();
    doctor.checks.push_back({"x", "of_the_future", "\x1b[2Jtitle", "\x1b]0;owned\x07",
                             "\u202e"
                             "fix"});
    for (const int width : {40, 60, 80, 200}) {
        const std::string text = render_doctor(look_of(width), doctor);
        EXPECT_EQ(text.find('\x1b'), std::string::npos);
        for (const auto line : split(text, '\n')) EXPECT_LE(columns_of(line), width) << line;
    }
}

// A daemon in a home of its own, where nothing is at fault.
class DoctorCommand : public testing::Test {
  protected:
    DoctorCommand() {
        std::filesystem::permissions(dir_.path(), std::filesystem::perms::owner_all);
        around_.socket = dir_ / "s";
        around_.env = {{"HOME", dir_.path()}};
    }

    [[nodiscard]] Ending doctor(std::vector<const char*> more = {}) const {
        more.insert(more.begin(), "doctor");
        return run(std::move(more), around_);
    }

    const TempDir dir_;
    Surroundings around_;
};

TEST_F(DoctorCommand, exits_7_when_a_warning_or_an_error_stands) {
    proto::Doctor answer = well();
    const FakeDaemon daemon(dir_ / "s",
                            [&](const std::string&) { return http_answer("200 OK", to_json(answer)); });
    ASSERT_EQ(::chmod((dir_ / "s").c_str(), 0600), 0);
    const Ending fine = doctor();
    EXPECT_EQ(fine.exit, ExitCode::ok) << fine.out;
    EXPECT_THAT(fine.out, HasSubstr(" ok"));
    answer = unwell();
    EXPECT_EQ(doctor().exit, ExitCode::degraded);
    const Ending json = doctor({"--json"});
    EXPECT_EQ(json.exit, ExitCode::degraded);
    const auto merged = proto::from_json<proto::Doctor>(json.out);
    ASSERT_TRUE(merged);
    EXPECT_EQ(merged->checks.front().code, "daemon");
    EXPECT_EQ(merged->checks.back().code, "endpoint");
    EXPECT_EQ(daemon.requests(), std::vector<std::string>(3, "GET /v1/doctor"));
}

TEST_F(DoctorCommand, names_another_version_of_the_daemon) {
    const FakeDaemon daemon(dir_ / "s", [&](const std::string&) {
        return http_answer_of("99.0.0", 1, "200 OK", to_json(well()));
    });
    const Ending ending = doctor({"-q"});
    EXPECT_EQ(ending.exit, ExitCode::degraded);
    EXPECT_THAT(ending.out, HasSubstr("kaizend is 99.0.0"));
}

TEST_F(DoctorCommand, works_without_the_daemon) {
    const Ending ending = doctor();
    EXPECT_EQ(ending.exit, ExitCode::degraded);
    EXPECT_THAT(ending.out, HasSubstr("▲ kaizend does not run"));
    EXPECT_THAT(ending.out, HasSubstr("Configuration"));
    test::write_file(dir_ / ".config/kaizen/config.toml", "[sync\n");
    EXPECT_THAT(doctor().out, HasSubstr("✖ The configuration is broken"));
}

TEST_F(DoctorCommand, finds_files_that_others_may_read) {
    const std::string database = dir_ / ".local/share/kaizen/kaizen.db";
    test::write_file(database, "");
    ASSERT_EQ(::chmod((dir_ / ".local/share/kaizen").c_str(), 0700), 0);
    ASSERT_EQ(::chmod(database.c_str(), 0644), 0);
    const Ending ending = doctor();
    EXPECT_THAT(ending.out, HasSubstr("kaizen.db has mode 644"));
    EXPECT_THAT(ending.out, HasSubstr("→ chmod 600 "));
    ASSERT_EQ(::chmod(database.c_str(), 0600), 0);
    EXPECT_THAT(doctor().out, HasSubstr("yours alone"));
}

TEST_F(DoctorCommand, says_who_holds_the_lock_and_is_silent) {
    const std::string lock = dir_ / ".local/share/kaizen/kaizend.lock";
    test::write_file(lock, "pid 4242 version 0.1.0\n");
    const UniqueFd fd(::open(lock.c_str(), O_RDWR));
    EXPECT_THAT(doctor().out, Not(HasSubstr("holds the lock")));
    ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
    EXPECT_THAT(doctor().out, HasSubstr("pid 4242"));
}

}  // namespace
}  // namespace kaizen::ctl
