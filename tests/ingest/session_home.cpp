#include "tests/ingest/session_home.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "daemon/store/fault.h"

namespace kaizen::test {
namespace fs = std::filesystem;
namespace {

constexpr UnixMs kFarLater = 4'000'000'000'000;  // every file is quiet by then
constexpr std::int64_t kQuartersOfADay = 24 * 4;

// The session files below a directory; those that stand where the agent never puts them are put there.
void add_files(const std::string& directory, std::size_t root, bool in_place,
               std::vector<SessionFile>& files) {
    const parse::Format* format = parse::find_format(root == kClaudeRoot ? "claude" : "codex");
    if (!fs::is_directory(directory)) return;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        if (!entry.is_regular_file() || entry.path().extension() != ".jsonl") continue;
        std::string path = fs::relative(entry.path(), directory).string();
        if (!in_place) {
            std::string folder = "-" + fs::path(path).parent_path().string();
            std::replace(folder.begin(), folder.end(), '/', '-');
            const bool sub_agent = path.find("/subagents/") != std::string::npos;
            const std::string stem = entry.path().stem().string();
            if (root == kCodexRoot)
                path = "2026/01/01/rollout-" + folder.substr(1) + "-" + stem + ".jsonl";
            else if (!sub_agent)
                path = folder + "/" + stem + ".jsonl";
        }
        if (format->owner(path)) files.push_back({root, path, read_file(entry.path().string())});
    }
}

std::vector<SessionFile> sorted(std::vector<SessionFile> files) {
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
        return std::tie(a.root, a.path) < std::tie(b.root, b.path);
    });
    return files;
}

}  // namespace

std::vector<std::string> recorded_scenarios() {
    std::vector<std::string> names;
    if (corpus_dir().empty()) return names;
    for (const auto& entry : fs::directory_iterator(corpus_dir() + "/recorded")) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("claude-") || name.starts_with("codex-")) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<SessionFile> recorded_files(const std::string& scenario) {
    std::vector<SessionFile> files;
    const std::string home = corpus_dir() + "/recorded/" + scenario + "/home/";
    add_files(home + ".claude/projects", kClaudeRoot, true, files);
    add_files(home + ".codex/sessions", kCodexRoot, true, files);
    return sorted(std::move(files));
}

std::vector<SessionFile> public_files() {
    std::vector<SessionFile> files;
    if (corpus_dir().empty()) return files;
    add_files(corpus_dir() + "/public/claude-code", kClaudeRoot, false, files);
    add_files(corpus_dir() + "/public/codex", kCodexRoot, false, files);
    return sorted(std::move(files));
}

std::vector<SessionFile> fixture_files() {
    std::vector<SessionFile> files;
    add_files(fixtures_dir() + "/claude", kClaudeRoot, false, files);
    add_files(fixtures_dir() + "/codex", kCodexRoot, false, files);
    return sorted(std::move(files));
}

SessionHome::SessionHome(session::PriceTable prices)
    : prices_(std::move(prices)),
      roots_(
          {{dir_ / "claude", parse::find_format("claude")}, {dir_ / "codex", parse::find_format("codex")}}) {
    restart();
}

void SessionHome::restart() {
    close();
    store_ = std::make_unique<store::Store>(database());
    ingest_ = std::make_unique<ingest::Ingest>(*store_, roots_, ingest::Options(), prices_);
}

void SessionHome::close() {
    ingest_.reset();
    store_.reset();
}

void SessionHome::write(const SessionFile& file) const {
    write_file(roots_[file.root].path + "/" + file.path, file.content);
}

void SessionHome::append(const SessionFile& file, std::string_view piece) const {
    append_file(roots_[file.root].path + "/" + file.path, piece);
}

void SessionHome::notice(const SessionFile& file) { ingest_->notice_live(file.root, file.path); }

void SessionHome::read_all() {
    while (true) {
        const ingest::StepResult result = ingest_->step(kFarLater);
        if (!result.refused_statement.empty() && !refusals_expected_)
            throw store::Contradiction(result.refused_statement);
        if (!result.more) return;
    }
}

void SessionHome::import(const std::vector<SessionFile>& files) {
    for (const SessionFile& file : files) {
        write(file);
        ingest_->notice_history(file.root, file.path);
    }
    ingest_->history_complete();
    read_all();
}

std::map<std::pair<std::string, std::int64_t>, session::UsageSum> SessionHome::by_model_and_day() {
    std::map<std::pair<std::string, std::int64_t>, session::UsageSum> sums;
    store_->usage.each(
        0, std::numeric_limits<std::int64_t>::max(),
        [&](const store::UsageKey& key, const session::UsageSum& sum) {
            sums[{store_->usage.model_name(key.model), key.quarter / kQuartersOfADay}].add(sum);
        });
    return sums;
}

std::map<std::string, session::UsageSum> SessionHome::by_model() {
    std::map<std::string, session::UsageSum> sums;
    for (const auto& [key, sum] : by_model_and_day()) sums[key.first].add(sum);
    return sums;
}

std::vector<store::SessionRow> SessionHome::all_sessions() {
    std::vector<store::SessionRow> rows;
    for (const std::int64_t key : store().sessions.active_since(0)) rows.push_back(store().sessions.row(key));
    return rows;
}

std::map<std::string, session::UsageSum> SessionHome::by_session() {
    std::map<std::string, session::UsageSum> sums;
    store_->usage.each(0, std::numeric_limits<std::int64_t>::max(),
                       [&](const store::UsageKey& key, const session::UsageSum& sum) {
                           sums[store_->sessions.load(key.session).id].add(sum);
                       });
    return sums;
}

}  // namespace kaizen::test
