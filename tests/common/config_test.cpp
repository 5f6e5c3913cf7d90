#include "common/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/common/fake_env.h"
#include "tests/support/temp_dir.h"

namespace kaizen {
namespace {

using test::FakeEnv;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

class ConfigFile : public testing::Test {
  protected:
    Result<LoadedConfig> load(const std::string& text, FakeEnv env = {{"HOME", "/h"}}) {
        test::write_file(path_, text);
        ::chmod(path_.c_str(), 0600);
        return load_config(path_, env.get());
    }
    LoadedConfig must_load(const std::string& text, FakeEnv env = {{"HOME", "/h"}}) {
        auto loaded = load(text, std::move(env));
        if (!loaded) throw std::runtime_error(loaded.error().message);
        return std::move(*loaded);
    }
    // The message with the file's path cut off every line.
    std::string error_of(const std::string& text, FakeEnv env = {{"HOME", "/h"}}) {
        const auto loaded = load(text, std::move(env));
        return loaded ? "no error" : shortened(loaded.error().message);
    }
    std::string shortened(std::string text) const {
        for (std::size_t at = text.find(path_); at != std::string::npos; at = text.find(path_))
            text.replace(at, path_.size(), "F");
        return text;
    }
    static const Setting* setting(const LoadedConfig& loaded, std::string_view key) {
        for (const Setting& s : loaded.settings) {
            if (s.key == key) return &s;
        }
        return nullptr;
    }

    test::TempDir dir_;
    std::string path_ = dir_ / "config.toml";
};

TEST_F(ConfigFile, that_is_missing_or_empty_means_the_defaults) {
    const auto loaded = load_config(dir_ / "none/config.toml", FakeEnv{{"HOME", "/h"}}.get());
    ASSERT_TRUE(loaded);
    EXPECT_THAT(loaded->config.watch.agents, ElementsAre("claude", "codex", "cursor"));
    EXPECT_EQ(loaded->config.store.text, "preview");
    EXPECT_EQ(loaded->config.sync.endpoint, "");
    EXPECT_THAT(loaded->config.sync.exclude, ElementsAre("/h/private/**"));
    EXPECT_THAT(loaded->warnings, IsEmpty());
    for (const Setting& s : loaded->settings) EXPECT_EQ(s.origin, "default") << s.key;
    EXPECT_THAT(changed_keys(*loaded, must_load("")), IsEmpty());
}

TEST_F(ConfigFile, that_cannot_be_read_is_an_error) {
    ASSERT_EQ(::mkdir((dir_ / "d").c_str(), 0700), 0);
    ASSERT_EQ(::mkfifo((dir_ / "fifo").c_str(), 0600), 0);
    for (const char* name : {"d", "fifo"}) {
        const auto loaded = load_config(dir_ / name, FakeEnv{}.get());
        ASSERT_FALSE(loaded) << name;
        EXPECT_EQ(loaded.error().message, dir_ / name + ": not a regular file");
    }
    EXPECT_EQ(error_of(std::string((1 << 20) + 1, '#')), "F: larger than 1 MiB");
}

TEST_F(ConfigFile, reads_every_section) {
    const Config config = must_load(R"(
[watch]
agents = ["codex"]
poll_interval_ms = 500
max_line_bytes = 1000000
[[watch.root]]
agent = "claude"
path = "~/backup"
[[watch.root]]
agent = "codex"
path = "/srv/codex"
[store]
retention_days = 30
text = "full"
[workspace.aliases]
"~/src/old" = "/srv/new"
[sync]
endpoint = "https://ingest.example.com/kaizen"
team_id = "core"
team_token = "t0ken"
team_token_file = "~/token"
team_salt_hex = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
workspace_identity = "path"
content = "text"
text_max_bytes = 1
sample_rate = 0.25
events_per_batch_max = 2
max_body_bytes = 3000
flush_interval_ms = 400
max_in_flight = 5
request_timeout_ms = 600
connect_timeout_ms = 700
ca_file = "/etc/ca.pem"
include = ["~/work/**"]
exclude = []
[export]
fail_open = false
exporter_backlog_max = 8
[[export.to]]
name = "collector"
type = "otlp"
endpoint = "http://127.0.0.1:4318"
headers = { "x-team" = "core" }
semconv = "genai-0.1"
[[export.to]]
type = "posthog"
api_key = "ph"
[[export.to]]
type = "datadog"
site = "datadoghq.eu"
api_key = "dd"
[[export.to]]
type = "file"
path = "~/export.ndjson"
max_bytes = 5000
[redact]
allow = ["a", "b"]
[[redact.rule]]
name = "ticket"
pattern = "ACME-[0-9]{6}"
[prices]
file = "~/prices.json"
[control]
socket = "/run/k.sock"
[log]
level = "debug"
)")
                              .config;
    EXPECT_THAT(config.watch.agents, ElementsAre("codex"));
    EXPECT_EQ(config.watch.poll_interval_ms, 500);
    EXPECT_EQ(config.watch.max_line_bytes, 1000000);
    ASSERT_EQ(config.watch.roots.size(), 2U);
    EXPECT_EQ(config.watch.roots[0].agent, "claude");
    EXPECT_EQ(config.watch.roots[0].path, "/h/backup");
    EXPECT_EQ(config.watch.roots[1].path, "/srv/codex");
    EXPECT_EQ(config.store.retention_days, 30);
    EXPECT_EQ(config.store.text, "full");
    EXPECT_THAT(config.workspace.aliases, ElementsAre(Pair("/h/src/old", "/srv/new")));
    EXPECT_EQ(config.sync.endpoint, "https://ingest.example.com/kaizen");
    EXPECT_EQ(config.sync.team_id, "core");
    EXPECT_EQ(config.sync.team_token, "t0ken");
    EXPECT_EQ(config.sync.team_token_file, "/h/token");
    EXPECT_EQ(config.sync.team_salt_hex.size(), 64U);
    EXPECT_EQ(config.sync.workspace_identity, "path");
    EXPECT_EQ(config.sync.content, "text");
    EXPECT_EQ(config.sync.text_max_bytes, 1);
    EXPECT_EQ(config.sync.sample_rate, 0.25);
    EXPECT_EQ(config.sync.events_per_batch_max, 2);
    EXPECT_EQ(config.sync.max_body_bytes, 3000);
    EXPECT_EQ(config.sync.flush_interval_ms, 400);
    EXPECT_EQ(config.sync.max_in_flight, 5);
    EXPECT_EQ(config.sync.request_timeout_ms, 600);
    EXPECT_EQ(config.sync.connect_timeout_ms, 700);
    EXPECT_EQ(config.sync.ca_file, "/etc/ca.pem");
    EXPECT_THAT(config.sync.include, ElementsAre("/h/work/**"));
    EXPECT_THAT(config.sync.exclude, IsEmpty());
    EXPECT_FALSE(config.exporters.fail_open);
    EXPECT_EQ(config.exporters.backlog_max, 8);
    ASSERT_EQ(config.exporters.to.size(), 4U);
    EXPECT_EQ(config.exporters.to[0].name, "collector");
    EXPECT_EQ(config.exporters.to[0].headers.at("x-team"), "core");
    EXPECT_EQ(config.exporters.to[0].semconv, "genai-0.1");
    EXPECT_EQ(config.exporters.to[1].semconv, "1.41.1");
    EXPECT_EQ(config.exporters.to[1].name, "posthog") << "named by its type";
    EXPECT_EQ(config.exporters.to[1].host, "https://us.i.posthog.com");
    EXPECT_EQ(config.exporters.to[1].api_key, "ph");
    EXPECT_EQ(config.exporters.to[2].site, "datadoghq.eu");
    EXPECT_EQ(config.exporters.to[3].path, "/h/export.ndjson");
    EXPECT_EQ(config.exporters.to[3].max_bytes, 5000);
    EXPECT_THAT(config.redact.allow, ElementsAre("a", "b"));
    ASSERT_EQ(config.redact.rules.size(), 1U);
    EXPECT_EQ(config.redact.rules[0].pattern, "ACME-[0-9]{6}");
    EXPECT_EQ(config.prices.file, "/h/prices.json");
    EXPECT_EQ(config.control.socket, "/run/k.sock");
    EXPECT_EQ(config.log.level, "debug");
}

TEST_F(ConfigFile, that_is_no_toml_is_an_error_with_its_place) {
    EXPECT_THAT(error_of("[watch\nagents = 1\n"), HasSubstr("F:1:7: "));
    EXPECT_THAT(error_of("[log]\nlevel = \"info\n"), HasSubstr("F:2:"));
    EXPECT_THAT(error_of("a = \"\xff\""), HasSubstr("F:1:"));
    EXPECT_THAT(error_of("[log]\nlevel = 'info'\nlevel = 'info'\n"), HasSubstr("F:3:"));
    EXPECT_THAT(error_of("a = " + std::string(200000, '[')), HasSubstr("F:1:"));
}

TEST_F(ConfigFile, with_wrong_types_and_values_lists_them_all_in_order) {
    EXPECT_EQ(
        error_of(
            "log = 3\n[watch]\n  poll_interval_ms = \"soon\"\nagents = [\"claude\", 7]\n[store]\ntext = "
            "\"prevew\"\n"
            "retention_days = 1.5\n[sync]\nsample_rate = 2\nmax_in_flight = 0\n[export]\nfail_open = 1\n"),
        "F:1:7: log must be a section: [log]\n"
        "F:3:22: watch.poll_interval_ms must be a whole number\n"
        "F:4:10: watch.agents must be a list of texts\n"
        "F:6:8: store.text: \"prevew\" is not one of none, preview, full (did you mean \"preview\"?)\n"
        "F:7:18: store.retention_days must be a whole number\n"
        "F:9:15: sync.sample_rate: 2 is not between 0 and 1\n"
        "F:10:17: sync.max_in_flight: 0 is not between 1 and 16\n"
        "F:12:13: export.fail_open must be true or false");
}

TEST_F(ConfigFile, refuses_values_that_cannot_be_meant) {
    EXPECT_THAT(error_of("[sync]\nendpoint = \"ingest.example.com\"\n"),
                HasSubstr("F:2:12: sync.endpoint: the value is not a URL"));
    EXPECT_THAT(error_of("[sync]\nendpoint = \"https://me:pw@host\"\n"), HasSubstr("not a URL"));
    EXPECT_THAT(error_of("[sync]\nca_file = \"ca.pem\"\n"),
                HasSubstr("\"ca.pem\" is neither absolute nor below ~/"));
    EXPECT_THAT(error_of("[sync]\nteam_id = \"a\\nb\"\n"), HasSubstr("control character"));
    EXPECT_THAT(error_of("[sync]\nsample_rate = nan\n"), HasSubstr("not between"));
    EXPECT_THAT(error_of("[sync]\ninclude = [\"\"]\n"), HasSubstr("empty text"));
    EXPECT_THAT(error_of("[store]\ntext = \"\"\n"), HasSubstr("is not one of"));
    EXPECT_THAT(error_of("[watch]\nagents = [\"claud\"]\n"), HasSubstr("did you mean \"claude\"?"));
}

TEST_F(ConfigFile, checks_lists_of_tables) {
    EXPECT_EQ(error_of("[[watch.root]]\nagent = \"claude\"\n"), "F:1:1: watch.root[1] needs path");
    EXPECT_EQ(error_of("[[watch.root]]\nagent = \"vim\"\npath = \"/a\"\n"),
              "F:2:9: watch.root[1].agent: \"vim\" is not one of claude, codex, cursor");
    EXPECT_EQ(error_of("[watch.root]\nagent = \"claude\"\n"),
              "F:1:1: watch.root must be a list of tables: [[watch.root]]");
    EXPECT_EQ(error_of("[watch]\nroot = [1]\n"),
              "F:2:9: watch.root must be a list of tables: [[watch.root]]");
    EXPECT_EQ(error_of("[[export.to]]\nname = \"x\"\n"), "F:1:1: export.to[1] needs type");
    EXPECT_EQ(error_of("[[export.to]]\ntype = \"file\"\n"), "F:1:1: export.to[1] needs path");
    EXPECT_EQ(error_of("[[export.to]]\ntype = \"posthog\"\napi_key = \"\"\n"),
              "F:1:1: export.to[1] needs api_key");
    EXPECT_EQ(error_of("[[export.to]]\ntype = \"otlp\"\nheaders = { a = 1 }\n"),
              "F:3:11: export.to[1].headers must be a table of texts");
    EXPECT_EQ(error_of("[[export.to]]\ntype = \"otlp\"\nsemconv = \"2\"\n"),
              "F:3:11: export.to[1].semconv: \"2\" is not one of 1.41.1, genai-0.1");
    EXPECT_EQ(error_of("[[export.to]]\ntype = \"otlp\"\n[[export.to]]\ntype = \"otlp\"\n"),
              "F: two exporters are called \"otlp\": give each a name");
    EXPECT_EQ(error_of("[[redact.rule]]\nname = \"\"\npattern = \"x\"\n"),
              "F:1:1: redact.rule[1] needs name");
}

TEST_F(ConfigFile, takes_aliases_as_agents_write_directories) {
    EXPECT_THAT(must_load("[workspace.aliases]\n\"~/old/\" = \"~/new\"\n\"/a//b/../c\" = \"/n/\"\n")
                    .config.workspace.aliases,
                ElementsAre(Pair("/a/c", "/n"), Pair("/h/old", "/h/new")));
}

TEST_F(ConfigFile, checks_aliases_one_by_one_and_beside_each_other) {
    const std::string table = "[workspace.aliases]\n";
    EXPECT_EQ(error_of(table + "\"/a\" = \"/b\"\nold = \"/n\"\n\"/x\" = \"new\"\n\"/y\" = \"\"\n"),
              "F:3:1: workspace.aliases: \"old\" is neither absolute nor below ~/\n"
              "F:4:1: workspace.aliases: \"new\" is neither absolute nor below ~/\n"
              "F:5:1: workspace.aliases: \"\" is neither absolute nor below ~/");
    EXPECT_EQ(error_of(table + "\"/a\" = \"/b\"\n\"/b/\" = \"/c\"\n\"/c\" = \"/a\"\n\"/d\" = \"/a\"\n"),
              "F:2:1: workspace.aliases: /a leads back to itself: /a → /b → /c → /a\n"
              "F:3:1: workspace.aliases: /b leads back to itself: /b → /c → /a → /b\n"
              "F:4:1: workspace.aliases: /c leads back to itself: /c → /a → /b → /c");
    EXPECT_EQ(error_of(table + "\"~/a\" = \"~/a/b\"\n"),
              "F:2:1: workspace.aliases: one of /h/a and /h/a/b lies in the other");
    EXPECT_EQ(error_of(table + "\"/h/a\" = \"/b\"\n\"~/a/\" = \"/c\"\n"),
              "F:3:1: workspace.aliases: /h/a has more than one");
    EXPECT_EQ(error_of("[workspace]\naliases = \"/a\"\n"),
              "F:2:11: workspace.aliases must be a table of texts");
    EXPECT_EQ(error_of(table + "\"/a\" = 1\n"), "F:1:1: workspace.aliases must be a table of texts");
    EXPECT_EQ(error_of(table + "\"/a\\n\" = \"/b\"\n"),
              "F:1:1: workspace.aliases: the value holds a control character or invalid UTF-8");
    std::string many = table;
    for (int i = 0; i < 201; ++i) many += "\"/a/" + std::to_string(i) + "\" = \"/b\"\n";
    EXPECT_EQ(error_of(many), "F:1:1: workspace.aliases: the table has 201 entries, more than 200");
}

TEST_F(ConfigFile, takes_aliases_of_the_environment_instead) {
    const std::string text = "[workspace.aliases]\n\"/a\" = \"/b\"\n";
    const LoadedConfig loaded = must_load(text, {{"HOME", "/h"}, {"KAIZEN_WORKSPACE_ALIASES", "~/x%2Cy=/z"}});
    EXPECT_THAT(loaded.config.workspace.aliases, ElementsAre(Pair("/h/x,y", "/z")));
    EXPECT_EQ(error_of(text, {{"KAIZEN_WORKSPACE_ALIASES", "/c=/d,/d=/c"}}),
              "KAIZEN_WORKSPACE_ALIASES: workspace.aliases: /c leads back to itself: /c → /d → /c\n"
              "KAIZEN_WORKSPACE_ALIASES: workspace.aliases: /d leads back to itself: /d → /c → /d");
}

TEST_F(ConfigFile, warns_of_unknown_keys_with_line_and_nearest) {
    const LoadedConfig loaded = must_load(
        "[sync]\nteam_tokn = \"x\"\n[logs]\nlevel = \"debug\"\n[watch]\nzzz = 1\n[[watch.root]]\n"
        "agent = \"claude\"\npath = \"/a\"\npaths = 1\n[[watch.roots]]\n[[export.to]]\n"
        "type = \"otlp\"\nsite = \"x\"\n");
    std::vector<std::string> warnings;
    for (const std::string& warning : loaded.warnings) warnings.push_back(shortened(warning));
    EXPECT_THAT(warnings,
                ElementsAre("F:2: unknown key sync.team_tokn (did you mean team_token?)",
                            "F:3: unknown key logs (did you mean log?)", "F:6: unknown key watch.zzz",
                            "F:10: unknown key watch.root[1].paths (did you mean path?)",
                            "F:11: unknown key watch.roots (did you mean root?)",
                            "F:14: export.to[1].site has no effect for this type"));
}

TEST_F(ConfigFile, is_overridden_by_the_environment) {
    const LoadedConfig loaded =
        must_load("[sync]\nteam_token = \"file\"\nsample_rate = 0.5\n[store]\ntext = \"full\"\n",
                  {{"HOME", "/h"},
                   {"KAIZEN_SYNC_TEAM_TOKEN", "env"},
                   {"KAIZEN_SYNC_SAMPLE_RATE", "0.125"},
                   {"KAIZEN_STORE_RETENTION_DAYS", "7"},
                   {"KAIZEN_EXPORT_FAIL_OPEN", "false"},
                   {"KAIZEN_WATCH_AGENTS", "codex, claude,"},
                   {"KAIZEN_SYNC_EXCLUDE", ""},
                   {"KAIZEN_PRICES_FILE", "~/p.json"}});
    EXPECT_EQ(loaded.config.sync.team_token, "env");
    EXPECT_EQ(loaded.config.sync.sample_rate, 0.125);
    EXPECT_EQ(loaded.config.store.retention_days, 7);
    EXPECT_FALSE(loaded.config.exporters.fail_open);
    EXPECT_THAT(loaded.config.watch.agents, ElementsAre("codex", "claude"));
    EXPECT_THAT(loaded.config.sync.exclude, IsEmpty());
    EXPECT_EQ(loaded.config.prices.file, "/h/p.json");
    EXPECT_EQ(setting(loaded, "sync.team_token")->origin, "environment");
    EXPECT_EQ(setting(loaded, "store.text")->origin, path_ + ":5");
    EXPECT_EQ(setting(loaded, "log.level")->origin, "default");
}

TEST_F(ConfigFile, errors_of_the_environment_name_the_variable) {
    EXPECT_EQ(error_of("[log]\nlevel = 1\n", {{"KAIZEN_STORE_RETENTION_DAYS", "7 days"},
                                              {"KAIZEN_LOG_LEVEL", "loud"},
                                              {"KAIZEN_EXPORT_FAIL_OPEN", "yes"},
                                              {"KAIZEN_SYNC_MAX_IN_FLIGHT", ""},
                                              {"KAIZEN_SYNC_SAMPLE_RATE", "-0.1"}}),
              "F:2:9: log.level must be a text in quotes\n"
              "KAIZEN_STORE_RETENTION_DAYS: store.retention_days must be a whole number\n"
              "KAIZEN_SYNC_SAMPLE_RATE: sync.sample_rate: -0.1 is not between 0 and 1\n"
              "KAIZEN_SYNC_MAX_IN_FLIGHT: sync.max_in_flight must be a whole number\n"
              "KAIZEN_EXPORT_FAIL_OPEN: export.fail_open must be true or false\n"
              "KAIZEN_LOG_LEVEL: log.level: \"loud\" is not one of debug, info, warn, error");
}

TEST_F(ConfigFile, exporter_keys_come_from_the_usual_variables) {
    const std::string text =
        "[[export.to]]\ntype = \"posthog\"\napi_key = \"\"\n[[export.to]]\ntype = \"datadog\"\napi_key = "
        "\"own\"\n";
    const LoadedConfig loaded =
        must_load(text, {{"HOME", "/h"}, {"POSTHOG_API_KEY", "ph"}, {"DD_API_KEY", "dd"}});
    EXPECT_EQ(loaded.config.exporters.to[0].api_key, "ph");
    EXPECT_EQ(setting(loaded, "export.to[1].api_key")->origin, "environment");
    EXPECT_EQ(loaded.config.exporters.to[1].api_key, "own");
}

TEST_F(ConfigFile, the_site_of_datadog_comes_from_its_variable_where_the_file_says_none) {
    const std::string text =
        "[[export.to]]\ntype = \"datadog\"\nname = \"a\"\n"
        "[[export.to]]\ntype = \"datadog\"\nname = \"b\"\nsite = \"datadoghq.com\"\n"
        "[[export.to]]\ntype = \"datadog\"\nname = \"c\"\nsite = \"\"\n"
        "[[export.to]]\ntype = \"file\"\npath = \"/x\"\n";
    const LoadedConfig loaded =
        must_load(text, {{"HOME", "/h"}, {"DD_SITE", "us5.datadoghq.com"}, {"DD_API_KEY", "dd"}});
    EXPECT_EQ(loaded.config.exporters.to[0].site, "us5.datadoghq.com");
    EXPECT_EQ(loaded.config.exporters.to[1].site, "datadoghq.com");
    EXPECT_EQ(loaded.config.exporters.to[2].site, "us5.datadoghq.com");
    EXPECT_EQ(loaded.config.exporters.to[3].site, "datadoghq.com");
    EXPECT_EQ(setting(loaded, "export.to[1].site")->origin, "environment");
}

TEST_F(ConfigFile, otlp_comes_from_the_usual_variables) {
    const std::string text =
        "[[export.to]]\ntype = \"otlp\"\n[[export.to]]\ntype = \"otlp\"\nname = \"own\"\n"
        "endpoint = \"http://127.0.0.1:4318\"\nheaders = { X-Key = \"own\" }\n";
    const LoadedConfig loaded =
        must_load(text, {{"HOME", "/h"},
                         {"OTEL_EXPORTER_OTLP_ENDPOINT", "https://otlp.example.com"},
                         {"OTEL_EXPORTER_OTLP_HEADERS", " authorization=Bearer%20a%2Cb= , x-key=k,,empty="}});
    const auto& targets = loaded.config.exporters.to;
    EXPECT_EQ(targets[0].endpoint, "https://otlp.example.com");
    EXPECT_EQ(targets[0].headers, (std::map<std::string, std::string>{
                                      {"authorization", "Bearer a,b="}, {"x-key", "k"}, {"empty", ""}}));
    EXPECT_EQ(setting(loaded, "export.to[1].headers")->origin, "environment");
    EXPECT_THAT(setting(loaded, "export.to[1].headers")->value, Not(HasSubstr("Bearer")));
    EXPECT_EQ(targets[1].endpoint, "http://127.0.0.1:4318");
    EXPECT_EQ(targets[1].headers, (std::map<std::string, std::string>{
                                      {"authorization", "Bearer a,b="}, {"X-Key", "own"}, {"empty", ""}}));
    EXPECT_EQ(setting(loaded, "export.to[2].headers")->origin, path_ + ":7");

    const std::string otlp = "[[export.to]]\ntype = \"otlp\"\n";
    for (const char* broken : {"hunter2", "=hunter2", "a=hunter2%", "a=hunter2%4", "a=hunter2%zz",
                               "a=hunter2%+1", "a=hunter2%0a", "a=hunter2%ff"})
        EXPECT_THAT(error_of(otlp, {{"OTEL_EXPORTER_OTLP_HEADERS", broken}}),
                    testing::AllOf(HasSubstr("OTEL_EXPORTER_OTLP_HEADERS: export.to[1].headers"),
                                   Not(HasSubstr("hunter2"))));
    EXPECT_THAT(error_of(otlp, {{"OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"}}),
                HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT: export.to[1].endpoint"));
    const LoadedConfig unset = must_load(
        otlp, {{"HOME", "/h"}, {"OTEL_EXPORTER_OTLP_ENDPOINT", ""}, {"OTEL_EXPORTER_OTLP_HEADERS", ""}});
    EXPECT_EQ(unset.config.exporters.to[0].endpoint, "http://127.0.0.1:4318");
}

TEST_F(ConfigFile, secrets_are_never_shown) {
    const std::string salt(64, 'a');
    const std::string text = "[sync]\nteam_token = \"hunter2\"\nteam_salt_hex = \"" + salt +
                             "\"\n[[export.to]]\ntype = \"otlp\"\nheaders = { auth = \"hunter2\" }\n"
                             "[[export.to]]\ntype = \"datadog\"\napi_key = \"hunter2\"\n";
    const LoadedConfig loaded = must_load(text);
    const std::string report = check_report(loaded, path_);
    EXPECT_THAT(report, Not(HasSubstr("hunter2")));
    EXPECT_THAT(report, Not(HasSubstr(salt)));
    EXPECT_EQ(setting(loaded, "sync.team_token")->value, "\"***\"");
    EXPECT_EQ(setting(loaded, "export.to[1].headers")->value, "{\"auth\" = \"***\"}");

    for (const char* broken :
         {"[sync]\nteam_token = \"hunter2\\n\"\n", "[sync]\nteam_salt_hex = \"hunter2\"\n",
          "[sync]\nteam_token = hunter2\n", "[sync]\nteam_token = \"hunter2\n",
          "[sync]\nteam_token = [\"hunter2\"]\n",
          "[[export.to]]\ntype = \"otlp\"\nheaders = { a = \"hunter2\\n\" }\n",
          "[sync]\nendpoint = \"https://me:hunter2@host\"\n", "[sync]\nteam_token = 'x' hunter2\n"}) {
        EXPECT_THAT(error_of(broken), testing::AllOf(HasSubstr("F:"), Not(HasSubstr("hunter2")))) << broken;
    }
    EXPECT_THAT(error_of("", {{"KAIZEN_SYNC_TEAM_SALT_HEX", "hunter2"}}), Not(HasSubstr("hunter2")));
}

TEST_F(ConfigFile, that_others_can_read_is_a_warning_only_when_it_holds_a_secret) {
    const Env env = FakeEnv{{"HOME", "/h"}, {"KAIZEN_SYNC_TEAM_ID", "x"}}.get();
    test::write_file(path_, "[sync]\nteam_token = \"t\"\n");
    for (const mode_t mode : {0644U, 0620U, 0602U}) {
        ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
        const auto loaded = load_config(path_, env);
        ASSERT_TRUE(loaded);
        EXPECT_THAT(
            loaded->warnings,
            ElementsAre(path_ + ": others can read or write it, and it holds sync.team_token: chmod 600 " +
                        path_));
    }
    ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
    EXPECT_THAT(load_config(path_, env)->warnings, IsEmpty());

    ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
    test::write_file(path_, "[sync]\nteam_token = \"\"\nteam_id = \"x\"\n");
    EXPECT_THAT(load_config(path_, env)->warnings, IsEmpty()) << "no secret in it";
    test::write_file(path_, "[log]\nlevel = \"info\"\n");
    const Env secret_env = FakeEnv{{"HOME", "/h"}, {"KAIZEN_SYNC_TEAM_TOKEN", "t"}}.get();
    EXPECT_THAT(load_config(path_, secret_env)->warnings, IsEmpty()) << "the secret is not in the file";
}

TEST_F(ConfigFile, report_is_aligned_and_names_origins) {
    const LoadedConfig loaded = must_load("[log]\nlevel = \"debug\"\n");
    const std::string report = shortened(check_report(loaded, path_));
    EXPECT_TRUE(report.starts_with("configuration: F\n")) << report;
    EXPECT_THAT(report, HasSubstr("\nlog.level                    \"debug\"                        F:2\n"));
    EXPECT_THAT(report,
                HasSubstr("\nwatch.agents                 [\"claude\", \"codex\", \"cursor\"]  default\n"));
}

TEST_F(ConfigFile, changes_are_named_by_key_also_for_secrets) {
    const LoadedConfig before =
        must_load("[sync]\nteam_token = \"a\"\n[[watch.root]]\nagent = \"claude\"\npath = \"/a\"\n");
    const LoadedConfig after = must_load("[sync]\nteam_token = \"b\"\n[log]\nlevel = \"debug\"\n");
    EXPECT_THAT(changed_keys(before, after),
                ElementsAre("sync.team_token", "log.level", "watch.root[1].agent", "watch.root[1].path"));
    EXPECT_THAT(changed_keys(after, before),
                ElementsAre("sync.team_token", "log.level", "watch.root[1].agent", "watch.root[1].path"));
    EXPECT_THAT(changed_keys(before, before), IsEmpty());
    EXPECT_THAT(changed_keys(must_load(""), must_load("[log]\nlevel = \"info\"\n")), IsEmpty())
        << "the default, written out";
}

}  // namespace
}  // namespace kaizen
