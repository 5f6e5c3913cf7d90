#include <gtest/gtest.h>

#include "common/text.h"
#include "ctl/plain_text.h"
#include "tests/ctl/command_run.h"
#include "tests/ctl/fake_daemon.h"
#include "tests/support/temp_dir.h"

namespace kaizen::ctl {
namespace {

using test::TempDir;

proto::Doctor well() {
    return {{{"socket", "ok", "Socket", "yours alone", ""},
             {"database", "ok", "Database", "7.5 MB", ""},
             {"watches", "info", "Watches", "", ""}}};
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
              "✔ Socket    yours alone\n"
              "✔ Database  7.5 MB\n"
              "· Watches\n"
              "\n"
              "✔ all well · 3 checks\n");
}

TEST(RenderDoctor, says_what_is_wrong_and_how_to_mend_it) {
    EXPECT_EQ(render_doctor(look_of(60), unwell()),
              "✔ Socket    yours alone\n"
              "✔ Database  7.5 MB\n"
              "· Watches\n"
              "▲ config.toml can be read by others  it holds a token\n"
              "  → chmod 600 config.toml\n"
              "✖ the team's server does not take our token\n"
              "  GET https://kaizen.example/v1/health answers 401\n"
              "  Unauthorized\n"
              "  → mend sync.team_token\n"
              "\n"
              "5 checks · 2 ok · 1 warning · 1 error\n");
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

TEST(DoctorCommand, exits_7_when_a_warning_or_an_error_stands) {
    const TempDir dir;
    proto::Doctor doctor = well();
    const FakeDaemon daemon(dir / "s",
                            [&](const std::string&) { return http_answer("200 OK", to_json(doctor)); });
    EXPECT_EQ(run({"doctor"}, dir / "s").exit, ExitCode::ok);
    doctor = unwell();
    EXPECT_EQ(run({"doctor"}, dir / "s").exit, ExitCode::degraded);
    const Ending json = run({"doctor", "--json"}, dir / "s");
    EXPECT_EQ(json.exit, ExitCode::degraded);
    EXPECT_EQ(json.out, to_json(doctor) + "\n");
    EXPECT_EQ(daemon.requests(), std::vector<std::string>(3, "GET /v1/doctor"));
}

}  // namespace
}  // namespace kaizen::ctl
