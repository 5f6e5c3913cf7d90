#include "tests/export/session_batches.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "daemon/ingest/ingest.h"
#include "daemon/ingest/turn_closing.h"
#include "daemon/outbox/queue.h"
#include "tests/export/hand_made.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace fs = std::filesystem;
namespace {

constexpr UnixMs kTwoDays = 2 * 24 * UnixMs{3'600'000};
const std::string kReceiver = outbox::exporter_receiver("golden");

// No file of ours holds a whole token: whoever looks for leaked ones would find it.
const std::string kToken =
    "ghp_"
    "0123456789abcdefABCDEF0123456789abcd";

std::string sessions_of(const std::string& agent) {
    return std::string(KAIZEN_SOURCE_DIR) + "/tests/export/sessions/" + agent;
}

std::string with_token(std::string text) {
    constexpr std::string_view kPlace = "{token}";
    for (auto at = text.find(kPlace); at != std::string::npos; at = text.find(kPlace))
        text.replace(at, kPlace.size(), kToken);
    return text;
}

std::vector<std::string> files_in(const std::string& folder) {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), folder).string());
    std::sort(files.begin(), files.end());
    return files;
}

std::shared_ptr<ingest::Gate> gate_with(const std::string& content) {
    Config config;
    config.sync.team_salt_hex = std::string(64, '1');
    config.sync.exclude.clear();
    config.sync.content = content;
    config.exporters.to.push_back(target_of("file"));
    const redact::Identity ada{
        {"adalove"}, {"/home/adalove"}, {"potting-shed"}, {"Ada Lovewell"}, {"ada@lovewell.example"}};
    auto gate = ingest::Gate::make(config, ada);
    if (!gate) throw std::runtime_error(gate.error().message);
    return std::move(*gate);
}

// A home with the sessions of one agent, read once.
class Home {
  public:
    Home(const std::string& agent, const std::string& content)
        : store_(dir_ / "kaizen.db"),
          ingest_(store_, {{dir_ / agent, parse::find_format(agent)}}, {}, session::PriceTable::built_in()) {
        ingest_.outbound().outbox().use_receivers({kReceiver});
        ingest_.outbound().use_gate(gate_with(content));
        for (const std::string& file : files_in(sessions_of(agent))) {
            write_file(dir_ / agent + "/" + file, with_token(read_file(sessions_of(agent) + "/" + file)));
            ingest_.notice_history(0, file);
        }
        ingest_.history_complete();
        while (ingest_.step(kExportNow).more) {
        }
        ingest::TurnClosing closing(store_, ingest_.writer(), 0, kExportNow + kTwoDays);
        while (closing.step()) {
        }
    }

    [[nodiscard]] std::vector<outbox::Batch> batches(std::int64_t rows_most) {
        outbox::Queue queue(store_, kReceiver);
        outbox::Receiver receiver = queue.receiver();
        std::vector<outbox::Batch> all;
        while (auto batch = queue.take({rows_most, 1'000'000}, origin().team_id, {}, kExportNow)) {
            queue.acknowledge(batch->key, receiver, 0, {}, kExportNow);
            batch->key = key_of(batch->kind);
            all.push_back(std::move(*batch));
        }
        return all;
    }

  private:
    TempDir dir_;
    store::Store store_;
    ingest::Ingest ingest_;
};

}  // namespace

std::vector<NamedBatches> session_batches(const std::string& content, std::int64_t rows_most) {
    std::vector<NamedBatches> all;
    for (const char* agent : {"claude", "codex", "cursor"})
        all.push_back({agent, Home(agent, content).batches(rows_most)});
    return all;
}

const std::vector<NamedBatches>& all_batches() {
    static const std::vector<NamedBatches> all = [] {
        std::vector<NamedBatches> batches = session_batches("text");
        batches.push_back({"repo", {snapshots(), facts()}});
        return batches;
    }();
    return all;
}

const outbox::Batch& claude_events() {
    for (const outbox::Batch& batch : all_batches().at(0).batches)
        if (batch.kind == proto::ingest::Kind::events) return batch;
    throw std::runtime_error("the session of claude has no events");
}

const std::vector<std::string>& secret_words() {
    static const std::vector<std::string> words = {
        // Who and where; what is secret.
        "adalove", "Lovewell", "lovewell.example", "potting-shed", "private.txt", kToken,
        // Ids of sessions, sub-agents, calls and responses.
        "7d1f0c52-3b64-4e8a-9c01-5a2b6c7d8e9f", "a5c3e17f9b2d4608e", "toolu_", "msg_garden",
        "01996c80-5a5a-7b7b-8c8c-4d4d4d4d4d4d", "call_rose", "resp_rose",
        "3c9b8a70-1d2e-4f30-8b4c-6e5d7f8091a2"};
    return words;
}

const std::vector<std::string>& spoken_words() {
    static const std::vector<std::string> words = {
        "beds", "roses.md", "valve", "Tomorrow it rains", "no pressure", "stream disconnected", "I look at"};
    return words;
}

std::string session_files() {
    std::string text;
    for (const std::string& file : files_in(sessions_of("")))
        text += file + "\n" + with_token(read_file(sessions_of("") + file));
    return text;
}

}  // namespace kaizen::test
