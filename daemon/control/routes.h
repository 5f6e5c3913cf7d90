#pragma once

// The one table of what the socket answers, and the handlers behind it. What lists, shows and sums is asked
// of the query pool; what changes something, of the worker. They own nothing. I/O thread only. Spec
// "control", section Protocol.

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/workspace_aliases.h"
#include "daemon/control/control_server.h"
#include "daemon/control/event_feed.h"
#include "daemon/control/parameters.h"
#include "daemon/insight/price_list.h"
#include "daemon/insight/reader.h"
#include "daemon/outbox/outbox.h"
#include "daemon/runtime/query_pool.h"
#include "daemon/runtime/worker.h"
#include "proto/control.h"

namespace kaizen::control {

// Sessions to be forgotten: that one, or those that were last active before a time, or worked in or below a
// directory, or both.
struct ForgetRequest {
    std::int64_t session = 0;  // key; 0: none is named
    std::optional<UnixMs> before;
    WorkspaceFilter workspace;
    bool usage = false;    // what they cost, too
    bool dry_run = false;  // only counts
};

// What the daemon lends to the handlers; all of it outlives them.
struct Services {
    runtime::QueryPool<insight::Reader>& queries;
    runtime::Worker& worker;
    EventFeed& feed;
    std::function<bool()> is_open;              // the database; no question is put to it before
    std::function<WorkspaceAliases()> aliases;  // in force now
    std::function<boost::asio::awaitable<proto::Status>(runtime::Question)> status;
    std::function<boost::asio::awaitable<Result<proto::Reload>>()> reload;
    std::function<boost::asio::awaitable<proto::Prices>(runtime::Question, insight::PriceQuestion)> prices;
    std::function<boost::asio::awaitable<std::optional<proto::Reprice>>()>
        reprice;                              // nothing: one is under way
    std::function<outbox::Outbox&()> outbox;  // worker thread
    // A proto::Preview as JSON, written where it was read. `session`: a key; 0: the latest.
    std::function<boost::asio::awaitable<Result<std::string>>(runtime::Question, std::int64_t session)>
        preview;
    std::function<boost::asio::awaitable<Result<proto::Backfill>>(UnixMs since, bool dry_run)> backfill;
    std::function<boost::asio::awaitable<Result<proto::Forgotten>>(runtime::Question, ForgetRequest)> forget;
    std::function<void(std::int64_t session, bool pinned)> pin;  // worker thread
    std::function<boost::asio::awaitable<proto::Doctor>(runtime::Question, bool full)> doctor;
    // `at_once`: not even a back-off or a pause by itself is waited for. `timeout` 0: no wait.
    std::function<boost::asio::awaitable<proto::Flush>(bool at_once, std::chrono::milliseconds timeout)>
        flush;
    std::function<boost::asio::awaitable<proto::SyncStatus>()> pause_sync;
    std::function<boost::asio::awaitable<proto::SyncStatus>()> resume_sync;
    std::function<boost::asio::awaitable<proto::SyncTest>()> test_sync;
    std::function<boost::asio::awaitable<Result<proto::ExportTest>>(std::string name)> test_exporters;
    std::function<void(std::int64_t rows)> rows_wait;  // so many came back into the outbox
    std::function<std::string()> why_closed;           // why the database is not open yet; empty: it is being
};

class Routes {
  public:
    explicit Routes(Services services) : services_(std::move(services)) {}

    [[nodiscard]] std::vector<Route> table();

  private:
    using Answer = boost::asio::awaitable<Response>;
    using Handler = Answer (Routes::*)(Arguments);
    using Read = tl::expected<Arguments, proto::ErrorBody>;
    [[nodiscard]] Route route(const char* method, const char* path, Handler handler, Parameters parameters);
    Answer answer(Handler handler, Read arguments);
    Answer status(Arguments arguments);
    Answer sessions(Arguments arguments);
    Answer session(Arguments arguments);
    Answer events(Arguments arguments);
    Answer usage(Arguments arguments);
    Answer prices(Arguments arguments);
    Answer reprice(Arguments arguments);
    Answer outbox(Arguments arguments);
    Answer outbox_row(Arguments arguments);
    Answer outbox_retry(Arguments arguments);
    Answer outbox_retry_all(Arguments arguments);
    Answer outbox_drop(Arguments arguments);
    Answer preview(Arguments arguments);
    Answer backfill(Arguments arguments);
    Answer forget(Arguments arguments);
    Answer pin(Arguments arguments);
    Answer doctor(Arguments arguments);
    Answer sync_pause(Arguments arguments);
    Answer sync_resume(Arguments arguments);
    Answer sync_test(Arguments arguments);
    Answer export_test(Arguments arguments);
    Answer metrics(Arguments arguments);
    Answer flush(Arguments arguments);
    Answer reload(Arguments arguments);
    Answer shutdown(Arguments arguments);
    [[nodiscard]] Response warming_up() const;
    // `job` of an insight::Reader. It writes its answer, too: a long one would hold up all that the I/O
    // thread does.
    template <class Job>
    [[nodiscard]] auto ask(const Arguments& arguments, Job job) {
        return services_.queries.run(arguments.question(), std::move(job));
    }
    boost::asio::awaitable<tl::expected<std::int64_t, proto::ErrorBody>> find_session(
        const Arguments& arguments, std::string prefix);

    Services services_;
};

}  // namespace kaizen::control
