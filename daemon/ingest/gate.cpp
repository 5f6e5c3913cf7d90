#include "daemon/ingest/gate.h"

#include <algorithm>
#include <charconv>

#include "common/glob.h"
#include "daemon/ingest/git_remote.h"

namespace kaizen::ingest {
namespace {

constexpr std::size_t kRemembered = 4096;

bool any_matches(const std::vector<std::string>& globs, const std::string& path) {
    return std::any_of(globs.begin(), globs.end(),
                       [&](const std::string& glob) { return glob_matches(glob, path); });
}

redact::Shape shape_of(const Config::Sync& sync) {
    return {sync.content == "text" ? redact::Content::text : redact::Content::metadata,
            static_cast<std::size_t>(sync.text_max_bytes)};
}

// In [0, 1), the same for a session wherever it is sampled.
double place_in_sample(const std::string& hash) {
    constexpr std::size_t kDigits = 8;
    std::uint32_t number = 0;
    const char* const begin = hash.data() + std::string_view("blake3:").size();
    std::from_chars(begin, begin + kDigits, number, 16);
    return number / 4294967296.0;
}

}  // namespace

Result<std::unique_ptr<Gate>> Gate::make(const Config& config, const redact::Identity& local) {
    const std::string& configured = config.sync.team_salt_hex;
    const std::string salt_hex = configured.empty() ? std::string(64, '0') : configured;
    auto hash = proto::TeamHash::with_salt(salt_hex);
    if (!hash) return tl::unexpected(hash.error());
    auto rules = redact::UserRules::compile(config.redact.rules);
    if (!rules) return tl::unexpected(rules.error());
    return std::unique_ptr<Gate>(
        new Gate(config, local, std::move(*rules), std::move(*hash), *proto::salt_from(salt_hex)));
}

Gate::Gate(const Config& config, const redact::Identity& local, redact::UserRules rules, proto::TeamHash hash,
           std::string salt)
    : sync_(config.sync),
      aliases_(config.workspace.aliases),
      enabled_(salted() && !(config.sync.endpoint.empty() && config.exporters.to.empty())),
      hash_(std::move(hash)),
      redactor_(local, {config.redact.allow, std::move(rules), std::move(salt)}),
      projection_(redactor_, hash_, shape_of(sync_), sync_.sample_rate) {}

Fate Gate::fate(const session::SessionState& state) const {
    const bool chosen = !sync_.include.empty() || !sync_.exclude.empty();
    if (state.workspace.empty() && chosen) return Fate::unplaced;
    // By the name that was observed, and by the one that it counts as.
    const auto named_by = [this](const std::vector<std::string>& globs, const std::string& path) {
        return any_matches(globs, path) || any_matches(globs, aliases_.resolve(path));
    };
    const bool included = sync_.include.empty() || named_by(sync_.include, state.workspace);
    // The directory counts, too: where the home itself is a repository, all below it has one workspace.
    const bool excluded = named_by(sync_.exclude, state.workspace) || named_by(sync_.exclude, state.cwd);
    if (!included || excluded) return Fate::excluded;
    const bool sampled =
        sync_.sample_rate >= 1 || place_in_sample(hash_.session(state.id)) < sync_.sample_rate;
    return sampled ? Fate::leaves : Fate::sampled_out;
}

const std::string& Gate::workspace_hash(const std::string& workspace) {
    const auto known = workspaces_.find(workspace);
    if (known != workspaces_.end()) return known->second;
    if (workspaces_.size() >= kRemembered) workspaces_.clear();
    std::string identity = aliases_.resolve(workspace);
    if (sync_.workspace_identity == "git-remote" && !identity.empty()) {
        const auto remote = git_remote(identity);
        const auto normal = remote ? proto::normalised_remote(*remote) : std::nullopt;
        if (normal) identity = *normal;
    }
    return workspaces_.emplace(workspace, hash_.workspace(identity)).first->second;
}

}  // namespace kaizen::ingest
