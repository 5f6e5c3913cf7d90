#include "proto/left_out.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace kaizen::proto {
namespace {

constexpr std::string_view kAddRoot =
    "to have them read, give the places in [[watch.root]], then kaizenctl reload";

constexpr std::array<LeftOutKind, 11> kKinds = {{
    {"gone_unread", "warning", "session file gone before it was read",
     "session files gone before they were read", "Session files went before they were read to their end",
     "if there is a backup: put them back in their place"},
    {"file", "warning", "session file that cannot be read", "session files that cannot be read",
     "Session files cannot be read", "look at their permissions"},
    {"directory", "warning", "directory that cannot be listed", "directories that cannot be listed",
     "Directories of sessions cannot be listed", "look at their permissions"},
    {"compressed", "info", "compressed session file", "compressed session files",
     "Compressed session files are not read yet", ""},
    {"transcript", "info", "transcript in an older form", "transcripts in an older form",
     "Transcripts in an older form are not read", ""},
    {"name", "info", "file with an unknown name", "files with unknown names",
     "Some files look like sessions and are not named like any", ""},
    {"link", "info", "symbolic link", "symbolic links", "Symbolic links are not followed", kAddRoot},
    {"too_deep", "info", "directory too far down", "directories too far down",
     "Some directories are further down than is looked", kAddRoot},
    {"special", "info", "pipe, socket or device", "pipes, sockets or devices",
     "Pipes, sockets and devices are not read", ""},
    {"copy", "info", "copy of a session", "copies of sessions", "Copies and backups of sessions are not read",
     ""},
    {"gone_read", "ok", "session file removed after it was read",
     "session files removed after they were read", "Removed since", ""},
}};
constexpr LeftOutKind kOther = {"",
                                "info",
                                "thing of another kind",
                                "things of another kind",
                                "Something is not read for a reason that only a newer kaizenctl knows",
                                ""};

// In the table; its size for a reason that is not in it.
std::size_t place_of(std::string_view reason) {
    std::size_t place = 0;
    while (place < kKinds.size() && kKinds[place].reason != reason) ++place;
    return place;
}

}  // namespace

const LeftOutKind& left_out_kind(std::string_view reason) {
    const std::size_t place = place_of(reason);
    return place == kKinds.size() ? kOther : kKinds[place];
}

std::string left_out_text(std::string_view reason, std::int64_t count) {
    const LeftOutKind& kind = left_out_kind(reason);
    return fmt::format("{} {}", count, count == 1 ? kind.one : kind.many);
}

std::vector<LeftOut> left_out_of(const std::vector<SourceStatus>& sources) {
    std::vector<LeftOut> all;
    for (const SourceStatus& source : sources) {
        for (const LeftOut& one : source.left_out) {
            const auto same = std::find_if(all.begin(), all.end(),
                                           [&](const LeftOut& known) { return known.reason == one.reason; });
            if (same == all.end())
                all.push_back(one);
            else
                same->count += one.count;
        }
    }
    std::sort(all.begin(), all.end(),
              [](const LeftOut& a, const LeftOut& b) { return place_of(a.reason) < place_of(b.reason); });
    return all;
}

}  // namespace kaizen::proto
