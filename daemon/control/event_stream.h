#pragma once

// Events as they are stored, one JSON object a line, until the peer leaves: the body of a followed
// /v1/events. Costs nothing while none come. I/O thread only.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "daemon/control/control_server.h"
#include "daemon/control/event_feed.h"
#include "daemon/insight/history.h"
#include "daemon/insight/reader.h"
#include "daemon/runtime/query_pool.h"

namespace kaizen::control {

class EventStream : public Stream {
  public:
    // `session`: a key; 0: all. `queries` and `feed` outlive it.
    EventStream(runtime::QueryPool<insight::Reader>& queries, EventFeed& feed,
                insight::EventQuestion question, std::int64_t session);

    boost::asio::awaitable<std::string> next() override;
    void cancel() override;

  private:
    struct Page {
        std::string lines;
        std::int64_t next = 0;  // 0: it is empty
    };
    boost::asio::awaitable<std::optional<Page>> ask();

    runtime::QueryPool<insight::Reader>& queries_;
    EventFeed& feed_;
    EventFeed::Waiter waiter_;
    std::shared_ptr<runtime::Asker> asker_ = std::make_shared<runtime::Asker>();
    insight::EventQuestion question_;
    std::int64_t session_;
};

}  // namespace kaizen::control
