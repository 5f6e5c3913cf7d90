#pragma once

// The endpoint and some exporters over one real outbox, each with a server that follows a script, and a clock
// that the test sets.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/flush/flusher.h"
#include "tests/outbox/waiting_rows.h"

namespace kaizen::test {

// One receiver, and what its server saw.
struct Side {
    using Script = std::function<std::optional<flush::Reply>(const flush::Request&)>;

    std::string receiver;
    Script script;                      // nothing: it takes the request
    bool hold = false;                  // answers wait for release()
    std::vector<flush::Request> seen;   // all of them
    std::vector<flush::Request> taken;  // those that were answered 2xx
    int on_the_wire = 0;

    std::unique_ptr<flush::Dispatch> dispatch;
    std::unique_ptr<flush::Flusher> flusher;
    std::shared_ptr<std::optional<std::optional<UnixMs>>> step;  // under way
};

class FanOutDesk {
  public:
    // `exporters`: types of [[export.to]], which are their names, too; a second "file" is "file2".
    FanOutDesk(std::vector<std::string> exporters, bool fail_open, bool with_endpoint = true);
    ~FanOutDesk();

    WaitingRows rows;
    UnixMs clock = kTestNow;

    [[nodiscard]] Side& endpoint() { return side(outbox::kIngest); }
    [[nodiscard]] Side& exporter(const std::string& name) { return side(outbox::exporter_receiver(name)); }
    void restart();                                            // as after kill -9
    void add_events(const std::string& workspace, int count);  // and says so

    // Everybody does what is due at this moment; those whose answers are held stay where they are.
    void run_now();
    void run_until(UnixMs end);  // likewise, the clock going along
    void release(Side& side);

    // Rows that it took, as they waited; of the endpoint and file exporters.
    [[nodiscard]] static std::multiset<std::string> rows_of(const Side& side);

  private:
    class ScriptedSink;
    [[nodiscard]] Side& side(const std::string& receiver);
    [[nodiscard]] flush::Settings settings(Side& side);
    [[nodiscard]] bool moves(const Side& side) const;

    bool fail_open_;
    bool with_endpoint_;
    runtime::Worker worker_;
    std::optional<boost::asio::io_context> io_{1};
    std::unique_ptr<boost::asio::steady_timer> released_;
    std::vector<std::unique_ptr<Side>> sides_;
    std::vector<UnixMs> due_;
};

inline constexpr std::int64_t kDeskBacklog = 20;  // batches

}  // namespace kaizen::test
