// What must stand in no request, whatever the exporter: who and where we are, what the sessions said in
// confidence, and keys outside of their place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <set>

#include "daemon/export/exporters.h"
#include "tests/export/hand_made.h"
#include "tests/export/plain_body.h"
#include "tests/export/session_batches.h"
#include "tests/flush/loopback_server.h"
#include "tests/flush/sink_runner.h"

namespace kaizen::exporting {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::array kTypes = {"otlp", "posthog", "datadog", "file"};

Shipment ship(const char* type, const outbox::Batch& batch) {
    return find_exporter(type)->ship(batch, test::target_of(type), test::origin(), test::kExportNow);
}

// Also as the environment says it. Without words that say nothing here: short ones, and those of our own rows
// (a user may be called claude).
std::vector<std::string> names_of_this_machine() {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    std::vector<std::string> names = {host.data(), "/root", "/Users/", "/tmp/"};
    if (const passwd* me = ::getpwuid(::geteuid())) names.insert(names.end(), {me->pw_dir, me->pw_name});
    for (const char* variable : {"HOSTNAME", "USER", "LOGNAME", "HOME"})
        if (const char* value = std::getenv(variable)) names.emplace_back(value);
    std::string ours = "kaizend datadog posthog";
    for (const auto& [agent, batches] : test::all_batches())
        for (const outbox::Batch& batch : batches)
            for (const outbox::Row& row : batch.rows) ours += row.json;
    std::erase_if(names, [&](const std::string& name) {
        return name.size() < 4 || (name[0] != '/' && ours.find(name) != std::string::npos);
    });
    return names;
}

bool is_place_of_a_key(const std::string& header) {
    return header == "DD-API-KEY" || header == "Authorization" || header == "x-team";
}

std::string everything_but_secret_places(const flush::Request& request) {
    std::string text = request.method + request.path + test::plain_body(request);
    for (const auto& [name, value] : request.headers)
        if (!is_place_of_a_key(name)) text += name + value;
    return text;
}

// Those of `words` that stand in a request of any exporter.
std::set<std::string> found_in(const std::vector<test::NamedBatches>& sessions,
                               const std::vector<std::string>& words) {
    std::set<std::string> found;
    for (const char* type : kTypes)
        for (const auto& [name, batches] : sessions)
            for (const outbox::Batch& batch : batches)
                for (const flush::Request& request : ship(type, batch).requests) {
                    const std::string text = everything_but_secret_places(request);
                    for (const std::string& word : words)
                        if (text.find(word) != std::string::npos) found.insert(word);
                }
    return found;
}

TEST(Canary, no_request_names_this_machine_or_its_user) {
    ::setenv("HOSTNAME", "canary-host", 1);
    ::setenv("USER", "canary-user", 1);
    const std::vector<std::string> names = names_of_this_machine();
    EXPECT_THAT(found_in(test::all_batches(), names), IsEmpty());
    for (const char* type : kTypes) {
        const flush::Carrier carrier =
            carrier_of(*find_exporter(type), test::target_of(type), test::origin(), {});
        for (const flush::Request& probe : carrier.probe(test::kExportNow))
            for (const std::string& name : names)
                EXPECT_THAT(everything_but_secret_places(probe), Not(HasSubstr(name)));
    }
}

TEST(Canary, no_request_says_what_is_secret_in_a_session) {
    const std::string files = test::session_files();
    for (const std::string& word : test::secret_words()) EXPECT_THAT(files, HasSubstr(word));
    for (const char* content : {"metadata", "text"})
        EXPECT_THAT(found_in(test::session_batches(content), test::secret_words()), IsEmpty()) << content;
}

TEST(Canary, metadata_repeats_nothing_of_what_was_said) {
    EXPECT_THAT(found_in(test::session_batches("metadata"), test::spoken_words()), IsEmpty());
    const std::set<std::string> all(test::spoken_words().begin(), test::spoken_words().end());
    EXPECT_EQ(found_in(test::session_batches("text"), test::spoken_words()), all);
}

std::size_t count(std::string_view text, std::string_view word) {
    std::size_t found = 0;
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) ++found;
    return found;
}

// PostHog has no other place for it than the body. What is a secret is named, so that the sink quotes no
// server that repeats it.
TEST(Canary, the_key_stands_in_its_place_only) {
    for (const char* type : kTypes)
        for (const flush::Request& request : ship(type, test::claude_events()).requests) {
            const bool in_body = std::string_view(type) == "posthog";
            EXPECT_EQ(count(everything_but_secret_places(request), test::kCanaryKey), in_body ? 1U : 0U);
            if (std::string_view(type) == "file")
                EXPECT_THAT(request.secrets, IsEmpty());
            else
                EXPECT_THAT(request.secrets, testing::Contains(test::kCanaryKey));
        }
}

std::string texts_of(const flush::Verdict& verdict) {
    return verdict.reason + verdict.title + verdict.fix + verdict.refused.code + verdict.refused.field +
           verdict.refused.message;
}

// Everything that the request named as secret, as it stands in its headers, and in JSON with slashes escaped.
std::string echo_of(const std::string& type) {
    const std::string key(test::kCanaryKey);
    if (type != "otlp") return key;
    return "Bearer " + key + ", " + key + R"(, c2Vj/cmV0+canary==, c2Vj\/cmV0+canary==)";
}

// Over a real connection: the sink takes out of the reply what the request names.
TEST(Canary, no_verdict_repeats_a_key_that_the_server_echoes) {
    for (const char* type : {"otlp", "posthog", "datadog"}) {
        const std::string said = "\"" + echo_of(type) + "\"";
        const std::string body = R"({"error":{"message":)" + said + R"(},"message":)" + said +
                                 R"(,"partialSuccess":{"rejectedSpans":"1","errorMessage":)" + said + "}}";
        const std::string location = "Location: http://127.0.0.1/" + std::string(test::kCanaryKey) + "\r\n";
        for (const int status : {200, 302, 400, 401, 403, 404, 413, 418, 429, 500, 503}) {
            test::LoopbackServer server({test::answer_each(test::http_answer(status, body, location))});
            test::SinkRunner sink(test::destination(server.url()));
            const flush::Reply reply = sink.send(ship(type, test::claude_events()).requests.at(0));
            EXPECT_EQ(reply.status, static_cast<unsigned>(status));
            EXPECT_THAT(texts_of(find_exporter(type)->judge(reply, ExportTarget(), test::kExportNow)),
                        Not(HasSubstr("canary")))
                << type << " " << status;
        }
    }
}

TEST(Canary, no_reason_and_no_error_repeats_a_row_or_the_key) {
    std::vector<std::string> rows = test::hostile_rows();
    rows.push_back(R"({"canary":")" + std::string(1'100'000, 'x') + "\"}");
    rows.push_back(R"({"session_id_hash":"canary","event_seq":1,"ts_ms":0,"kind":"message"})");
    rows.push_back("canary");
    for (const char* type : kTypes) {
        const Shipment shipment = ship(type, test::batch_of(proto::ingest::Kind::events, rows));
        EXPECT_FALSE(shipment.unfit.empty());
        for (const Unfit& unfit : shipment.unfit) EXPECT_THAT(unfit.reason, Not(HasSubstr("canary")));
        ExportTarget target = test::target_of(type);
        target.host = target.site = target.path = target.endpoint = "canary@ canary";
        const auto place = find_exporter(type)->place(target);
        ASSERT_FALSE(place) << type;
        EXPECT_THAT(place.error().message + place.error().hint, Not(HasSubstr("canary")));
    }
}

}  // namespace
}  // namespace kaizen::exporting
