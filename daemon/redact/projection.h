#pragma once

// Events and tool spans in, rows that may leave out: identities hashed, names and texts redacted, everything
// else left behind. The only maker of RedactedRow. What it makes depends on its arguments alone, so that a
// preview shows the very bytes. Worker thread. Spec "wire", section Rows, and spec "redaction".

#include <optional>
#include <string>

#include "daemon/redact/payload.h"
#include "daemon/redact/redacted_row.h"
#include "daemon/redact/redactor.h"
#include "daemon/session/session_state.h"
#include "daemon/session/tool_spans.h"
#include "daemon/session/usage_ledger.h"
#include "proto/team_hash.h"

namespace kaizen::redact {

// Whose row it is.
struct Origin {
    const session::SessionState& session;
    std::string workspace_hash;
    std::int64_t turn = 0;  // ordinal of the user's prompt; 0: before the first
};

// An event, with what was known when it was written.
struct SeenEvent {
    const parse::Event& event;
    std::int64_t seq = 0;
    const session::ToolSpan* span = nullptr;                  // that it is part of; null: none
    session::Growth used = {};                                // what it adds to its model response
    std::optional<session::EndedTurn> ended_turn = {};        // with it
    const session::OpenResponses::Told* responses = nullptr;  // with it; null: none
    UnixMs at = 0;                                            // its time, or the best that is known
};

class Projection {
  public:
    // `sample_rate` is said on each row when it is below 1.
    Projection(const Redactor& redactor, const proto::TeamHash& hash, Shape shape, double sample_rate)
        : hash_(hash), payloads_(redactor, hash, shape), sample_rate_(sample_rate) {}

    // Each throws what Redactor throws: then the row does not leave.

    [[nodiscard]] RedactedRow event(const Origin& origin, const SeenEvent& seen,
                                    SessionSecrets& secrets) const;
    [[nodiscard]] RedactedRow span(const Origin& origin, const session::ToolSpan& span,
                                   SessionSecrets& secrets) const;

  private:
    template <class Row>
    void add_parent(Row& row, const session::SessionState& session) const;

    const proto::TeamHash& hash_;
    PayloadWriter payloads_;
    double sample_rate_;
};

}  // namespace kaizen::redact
