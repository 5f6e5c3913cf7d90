#include "daemon/doctor_facts.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "proto/left_out.h"

namespace kaizen {
namespace {

constexpr std::int64_t kNamedFiles = 20;

// A file that the watcher has seen and the store has not is unread, too.
void add_stored(doctor::Source& source, insight::History& history,
                const std::vector<proto::SourceStatus>& stored) {
    const auto known = std::find_if(stored.begin(), stored.end(), [&](const proto::SourceStatus& one) {
        return one.root == source.root && one.agent == source.agent;
    });
    const std::int64_t files = known == stored.end() ? 0 : known->files;
    if (known != stored.end() && known->bytes_behind > 0) {
        const store::UnreadFiles unread = history.unread_files(source.root);
        source.unread_files = unread.files;
        source.oldest_unread_at = unread.oldest_change_at;
    }
    source.unread_files += std::max<std::int64_t>(0, source.files - files);
    source.files = std::max(source.files, files);
}

}  // namespace

doctor::Facts doctor_facts(const LoadedConfig& config, const Paths& paths, const Env& env,
                           const std::vector<WatchedTree>& trees) {
    doctor::Facts facts;
    facts.config = config.config;
    facts.warnings = config.warnings;
    facts.paths = paths;
    facts.home = home_directory(env);
    facts.is_service = env("INVOCATION_ID") != nullptr || env("XPC_SERVICE_NAME") != nullptr;
    for (const WatchedTree& tree : trees) {
        doctor::Source source;
        source.agent = tree.agent;
        source.root = tree.root;
        source.watch = tree.state;
        source.files = static_cast<std::int64_t>(tree.state.files);
        facts.sources.push_back(std::move(source));
    }
    return facts;
}

doctor::Facts with_stored_facts(doctor::Facts facts, const std::vector<WatchedTree>& trees,
                                const SourceFacts& waiting, insight::Reader& reader) {
    insight::History& history = reader.history();
    try {
        SourceFacts sources = ask_source_facts(reader);
        sources.lost = waiting.lost;
        sources.bytes_unread = waiting.bytes_unread;
        for (doctor::Source& source : facts.sources) add_stored(source, history, sources.stored);
        facts.left_out = proto::left_out_of(join_sources(trees, std::move(sources)));
        facts.unreadable = within(trees, history.unreadable_files(kNamedFiles));
    } catch (const std::exception& error) {  // a finding, not the end of doctor
        facts.store_problem = error.what();
    }
    facts.now = now();
    return facts;
}

}  // namespace kaizen
