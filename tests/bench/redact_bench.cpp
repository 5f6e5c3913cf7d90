// MB/s of the redactor over the strings of the corpus (of the fixtures where it is absent), and what hostile
// input costs against prose of the same size. Not a test: built with the tests, run by hand in a release
// build.

#include <fmt/core.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/redact/redactor.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

constexpr std::size_t kHostileBytes = 10 << 20;
constexpr int kRounds = 3;

using Clock = std::chrono::steady_clock;

// The fastest of some rounds: the others were disturbed.
double seconds(const std::function<void()>& work) {
    double best = 1e9;
    for (int round = 0; round < kRounds; ++round) {
        const auto start = Clock::now();
        work();
        best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return best;
}

void collect(const JsonValue& value, std::vector<std::string>& strings) {
    if (value.IsString()) {
        strings.emplace_back(as_view(value));
    } else if (value.IsArray()) {
        for (const JsonValue& entry : value.GetArray()) collect(entry, strings);
    } else if (value.IsObject()) {
        for (const auto& member : value.GetObject()) collect(member.value, strings);
    }
}

struct Files {
    std::vector<std::string> lines;
    std::vector<std::string> strings;
    std::size_t line_bytes = 0;
    std::size_t string_bytes = 0;
};

Files read_files(const std::string& directory) {
    Files files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        if (!entry.is_regular_file() || entry.path().extension() != ".jsonl") continue;
        std::istringstream in(read_file(entry.path().string()));
        JsonDocument document;
        for (std::string line; std::getline(in, line);) {
            if (!document.parse(line)) continue;
            collect(document.root(), files.strings);
            files.line_bytes += line.size();
            files.lines.push_back(std::move(line));
        }
    }
    for (const std::string& string : files.strings) files.string_bytes += string.size();
    return files;
}

std::string repeated(std::string_view unit) {
    std::string text;
    text.reserve(kHostileBytes + unit.size());
    while (text.size() < kHostileBytes) text += unit;
    return text;
}

double megabytes_per_second(std::size_t bytes, double time) {
    return static_cast<double>(bytes) / 1e6 / time;
}

void measure_corpus(const redact::Redactor& redactor) {
    const std::string corpus = corpus_dir();
    const Files files = read_files(corpus.empty() ? fixtures_dir() : corpus);
    std::size_t changed = 0;
    const double text_time = seconds([&] {
        changed = 0;
        redact::SessionSecrets secrets("/home/ada/work/app");
        for (const std::string& string : files.strings)
            changed += redactor.text(string, secrets) != string ? 1 : 0;
    });
    fmt::print("{}: {} strings, {:.1f} MB, {} changed: {:.0f} MB/s\n", corpus.empty() ? "fixtures" : "corpus",
               files.strings.size(), static_cast<double>(files.string_bytes) / 1e6, changed,
               megabytes_per_second(files.string_bytes, text_time));
    const double tree_time = seconds([&] {
        redact::SessionSecrets secrets("/home/ada/work/app");
        for (const std::string& line : files.lines) static_cast<void>(redactor.json(line, secrets));
    });
    fmt::print("the same as trees, parsing and writing included: {:.0f} MB/s\n",
               megabytes_per_second(files.line_bytes, tree_time));
}

void measure_hostile(const redact::Redactor& redactor) {
    const auto time_of = [&](const std::string& text) {
        return seconds([&] {
            redact::SessionSecrets secrets;
            static_cast<void>(redactor.text(text, secrets));
        });
    };
    const std::string prose = repeated(
        "The parser reads a line and gives events; what it cannot read it counts, and goes on with the next "
        "one. Tests say what "
        "happens then, in src/parse/records.cpp and elsewhere (see section 6.2). A file that shrank is read "
        "from its beginning.\n");
    const double prose_time = time_of(prose);
    fmt::print("10 MiB of prose: {:.0f} MB/s\n", megabytes_per_second(prose.size(), prose_time));
    for (const std::string_view unit : {"/home/",
                                        "@",
                                        "eyJ",
                                        "sk-",
                                        "=",
                                        "a@",
                                        ".",
                                        "1",
                                        "1.",
                                        ":",
                                        "-",
                                        "://",
                                        "password=",
                                        "token ",
                                        "-----BEGIN RSA PRIVATE KEY-----",
                                        "-----END RSA PRIVATE KEY-----",
                                        "AKIA",
                                        "ghp_",
                                        "<REDACTED:",
                                        "cookie:",
                                        "cookie: a=",
                                        "authorization:",
                                        "Bearer ",
                                        "eyJ.eyJ.",
                                        "-u -p ",
                                        "curl -u ",
                                        "mysql -pa ",
                                        "sudo -S ",
                                        "echo a|sudo -S ",
                                        "htpasswd -b ",
                                        "password is now ",
                                        "password for ",
                                        "?token=",
                                        "TOKEN=a1 ",
                                        "4",
                                        "+1",
                                        "Q~",
                                        "\\n",
                                        "/home/a/b ",
                                        "/home/a%20",
                                        "/media/a/b ",
                                        "a",
                                        "://a:b/",
                                        "x://a:b@",
                                        "@tcp(",
                                        "a:b@tcp(",
                                        ":5432:a:b:cc",
                                        ":*:a:b:cc ",
                                        ":*:",
                                        "--password-stdin ",
                                        "|sudo -S ",
                                        "echo a;",
                                        "htpasswd",
                                        "-htpasswd ",
                                        "glpat-",
                                        "eyJ-",
                                        "kind: Secret ",
                                        "kind: Secret\n",
                                        " kind: Secret\n",
                                        "authorization: x ",
                                        "Authorization: Bearer a ",
                                        "cookie: a=${x}",
                                        "Bearer=",
                                        "basic+",
                                        "passwordx",
                                        "password=\"",
                                        "password=\\\"",
                                        "PASSWORD=a,",
                                        "IDENTIFIED BY '",
                                        "MIIEpA\n",
                                        "LS0tLS1CRUdJTi",
                                        "@/home/a",
                                        "+\\Users\\a",
                                        "a.aaaaaa.",
                                        "\x1b[1m",
                                        "password\x1b[1m",
                                        "jdbc:oracle:thin:a/",
                                        "curl ",
                                        "-home-a",
                                        "~a",
                                        "\xE6\xBC\xA2",
                                        "-----BEGIN PRIVATE KEY-----\nAAAA\n",
                                        "AAAA\n-----END PRIVATE KEY-----\n",
                                        "\nTOKEN=a",
                                        "Cookie: a=b; ",
                                        "a@b.",
                                        "net use ",
                                        "net user a ",
                                        "net use \\\\a ",
                                        "send \"",
                                        "assword: send \"a",
                                        "\tTRUE",
                                        "\tTRUE\t/\tTRUE\t1\ta\tb",
                                        "a.pem master.key\n",
                                        "> master.key",
                                        "master.key",
                                        "%40",
                                        "a%40b.de",
                                        "%41a%40",
                                        "unseal ",
                                        "variable \"token\" {",
                                        "password: |\n",
                                        "a.key=",
                                        "key.",
                                        "set -x token ",
                                        "-x token ",
                                        "-home-",
                                        "/-media-a",
                                        "C--Users-a-b",
                                        "curl -b a=b\\;",
                                        "curl -bbbb ",
                                        "cookie: a=\"b\"; ",
                                        "Cookie: a=\"",
                                        "token=/a",
                                        "API_KEY=a.pem/",
                                        "1234+",
                                        "4111%20",
                                        "{\"a\":"}) {
        try {
            fmt::print("  10 MiB of {:<32} {:.2f} times prose\n", unit, time_of(repeated(unit)) / prose_time);
        } catch (const std::runtime_error& error) {
            fmt::print("  10 MiB of {:<32} refused: {}\n", unit, error.what());
        }
    }
}

}  // namespace
}  // namespace kaizen::test

int main(int argc, char**) {
    using namespace kaizen;
    const redact::Identity ada{
        {"ada"}, {"/home/ada"}, {"lovelace-laptop"}, {"Ada Lovelace"}, {"ada@lovelace.org"}};
    const redact::Redactor redactor(ada, redact::Settings{{}, {}, std::string(32, '\0')});
    test::measure_corpus(redactor);
    if (argc == 1) test::measure_hostile(redactor);
}
