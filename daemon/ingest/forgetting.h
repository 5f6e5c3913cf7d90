#pragma once

// Forgets sessions, each with its sub-agents: because somebody asks, or because they are too old. In small
// transactions, so that nobody waits. Worker thread, between the steps of Ingest.

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/workspace_aliases.h"
#include "daemon/ingest/session_writer.h"
#include "daemon/outbox/outbox.h"
#include "daemon/store/store.h"
#include "proto/control.h"

namespace kaizen::ingest {

// That one; or all that were last active before a time, in or below a directory, and are not pinned.
struct Forgettable {
    std::int64_t session = 0;  // key
    UnixMs before = std::numeric_limits<UnixMs>::max();
    WorkspaceFilter workspace = {};
};

// The sessions that this means, one with its sub-agents after the other. Only reads.
class ForgetSelection {
  public:
    ForgetSelection(store::Store& store, Forgettable which) : store_(store), which_(std::move(which)) {}

    // After a number of looks `family` may be empty; false: there are no more.
    [[nodiscard]] bool next(std::vector<std::int64_t>& family);
    [[nodiscard]] std::int64_t pinned() const { return pinned_; }  // left out

  private:
    [[nodiscard]] std::optional<store::ListPlace> next_place();
    [[nodiscard]] bool is_meant(std::int64_t session);
    [[nodiscard]] bool is_active_since(const std::vector<std::int64_t>& family);

    store::Store& store_;
    Forgettable which_;
    store::ListPlace after_;
    bool listed_are_over_ = false;
    std::int64_t pinned_ = 0;
};

// What it would come to. On any thread that has the store.
[[nodiscard]] proto::Forgotten count_forgettable(store::Store& store, const Forgettable& which);

class Forgetting {
  public:
    struct Also {
        bool usage = false;    // what they cost
        bool waiting = false;  // what waits to be sent of them
    };
    Forgetting(store::Store& store, SessionWriter& writer, Forgettable which, Also also)
        : store_(store), writer_(writer), selection_(store, std::move(which)), also_(also) {}

    // The next few hundred rows; false: all is done. Throws when the database cannot take it; the next step
    // does it again.
    [[nodiscard]] bool step();
    [[nodiscard]] const proto::Forgotten& counts() const { return counts_; }

  private:
    void erase_some();
    [[nodiscard]] bool sweep_outbox();

    store::Store& store_;
    SessionWriter& writer_;
    ForgetSelection selection_;
    Also also_;
    bool selected_all_ = false;
    std::deque<std::int64_t> sessions_;  // to be erased
    bool begun_ = false;                 // the first of them
    std::set<std::int64_t> erased_;
    std::set<std::string> hashes_;  // what rows call them
    std::optional<outbox::Outbox::Sweep> sweep_;
    Unbooking unbooking_;
    proto::Forgotten counts_;
};

}  // namespace kaizen::ingest
