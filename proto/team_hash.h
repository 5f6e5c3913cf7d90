#pragma once

// The hashes under which identities leave the machine (spec "wire", section Hashes): BLAKE3-256 over the 32
// bytes of the team's salt and the text. Part of the contract: other clients of the same servers hash alike.
// Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/blake3.h"
#include "common/error.h"

namespace kaizen::proto {

// The 32 bytes that 64 hexadecimal digits stand for; an error that does not repeat them.
[[nodiscard]] Result<std::string> salt_from(std::string_view salt_hex);

class TeamHash {
  public:
    // `salt_hex`: exactly 64 hexadecimal digits.
    [[nodiscard]] static Result<TeamHash> with_salt(std::string_view salt_hex);

    // "blake3:" and 64 digits.
    [[nodiscard]] std::string of(std::string_view text) const { return of({}, text); }

    // `text`: the normalised remote, else the absolute directory.
    [[nodiscard]] std::string workspace(std::string_view text) const { return of(text); }
    [[nodiscard]] std::string session(std::string_view id) const { return of(id); }
    [[nodiscard]] std::string span(std::string_view call_id) const { return of(call_id); }
    [[nodiscard]] std::string span(std::string_view session_id,
                                   std::int64_t event_seq) const;  // without an id
    // What names a call on the wire. An id with a colon is no id of the world: Cursor's calls are named by
    // their line, those of some models by tool and number ("functions.Bash:0"), alike in every session.
    [[nodiscard]] std::string call(std::string_view session_id, std::string_view call_id) const;
    // Relative to the workspace, '/'-separated, "." and ".." resolved; outside of it absolute.
    [[nodiscard]] std::string path(std::string_view path) const { return of("path:", path); }
    [[nodiscard]] std::string commit(std::string_view sha) const { return of("commit:", sha); }
    [[nodiscard]] std::string skill(std::string_view directory_name) const {
        return of("slug:", directory_name);
    }
    [[nodiscard]] std::string rule(std::string_view file_stem) const { return of("rule:", file_stem); }

  private:
    TeamHash() = default;
    [[nodiscard]] std::string of(std::string_view prefix, std::string_view text) const;

    Blake3 salted_;
};

// "git@GitHub.com:acme/app.git" and "https://tok@github.com/acme/app" are both "github.com/acme/app": scheme,
// user, port and a trailing ".git" or "/" go, the host is in lower case. Nothing when the remote is a
// directory, on this machine or on a drive.
[[nodiscard]] std::optional<std::string> normalised_remote(std::string_view url);

}  // namespace kaizen::proto
