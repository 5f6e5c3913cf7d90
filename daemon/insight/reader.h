#pragma once

// A connection that only reads, with what can be asked of it. One for each query thread, and used there only.

#include <functional>
#include <string>
#include <utility>

#include "daemon/insight/history.h"
#include "daemon/outbox/outbox.h"
#include "daemon/store/store.h"

namespace kaizen::insight {

class Reader {
  public:
    explicit Reader(const std::string& database, AgentFiles files = {})
        : store_(database, store::Database::ReadOnly()),
          history_(store_, std::move(files)),
          outbox_(store_) {}

    [[nodiscard]] store::Snapshot snapshot(std::function<bool()> give_up) {
        return store::Snapshot(store_.database, std::move(give_up));
    }
    [[nodiscard]] History& history() { return history_; }
    [[nodiscard]] outbox::Outbox& outbox() { return outbox_; }  // for its questions: all else throws
    [[nodiscard]] store::Store& store() { return store_; }

  private:
    store::Store store_;
    History history_;
    outbox::Outbox outbox_;
};

}  // namespace kaizen::insight
