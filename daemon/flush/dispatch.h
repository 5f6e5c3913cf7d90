#pragma once

// The worker's half of flushing, of one receiver: batches become requests, and verdicts become rows that are
// gone, halved, buried or wait. Everything that must survive a restart is written here. Worker thread only.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/flush/carrier.h"
#include "daemon/outbox/queue.h"

namespace kaizen::flush {

// A batch is under way, and its lane busy, as long as somebody has its lease. Given back on any thread.
using Lease = std::shared_ptr<const void>;

// A batch as requests; those that were taken before are left out. None at all: nothing in it can be sent.
class Parcel {
  public:
    Parcel() = default;

    std::string key;
    Lease lease;
    std::int64_t body_bytes = 0;  // before gzip
    std::vector<Request> requests;
    std::vector<outbox::Unfit> unfit;
    std::string told;  // see Shipment
};

// What came of one.
struct Settled {
    std::int64_t rows = 0;  // delivered
    std::int64_t deduped = 0;
    std::int64_t dead = 0;
    outbox::Receiver receiver;
};

// What waits for the receiver, and what is known of it.
struct Stock {
    std::int64_t waiting = 0;  // rows
    std::int64_t backlog = 0;  // the same in batches
    std::int64_t dead = 0;     // rows that it refused
    outbox::Receiver receiver;
};

// Any thread that has the queue's store.
[[nodiscard]] Stock stock_of(outbox::Queue& queue, std::int64_t batch_rows);

// Of Receiver::paused: only resume() ends it.
inline constexpr const char* kByUser = "by_user";

class Dispatch {
  public:
    explicit Dispatch(outbox::Queue queue) : queue_(std::move(queue)) {}

    void use_carrier(Carrier carrier) { carrier_ = std::move(carrier); }
    void use_limits(outbox::Limits limits) { carrier_.limits = limits; }
    // While the receiver fails, shorten() makes its backlog no longer than so many batches; nothing: as long
    // as it gets.
    void use_backlog_max(std::optional<std::int64_t> most) { backlog_max_ = most; }
    // See outbox::Queue::use_decides.
    void use_decides(bool decides) { queue_.use_decides(decides); }
    [[nodiscard]] bool settle_some() { return queue_.settle_some(); }

    [[nodiscard]] bool shorten(UnixMs now);  // by some batches; true: to be called again

    // The next batch. Nothing: nothing else can be sent now. While the receiver fails or is paused only a
    // probe gets one, and none while it is paused by the user. A batch of which nobody says what came of it
    // is sent again.
    enum class Attempt { usual, probe };
    [[nodiscard]] std::optional<Parcel> next(UnixMs now, Attempt attempt = Attempt::usual);
    // A request was taken: it is not sent again, also when that cannot be written at present.
    void take_part(const std::string& key, std::int64_t part, const Verdict& verdict, UnixMs now);
    // `random`: 64 random bits, for the wait. Ends the lease.
    [[nodiscard]] Settled settle(const Parcel& parcel, const Verdict& verdict, UnixMs now,
                                 std::uint64_t random);

    void pause(const std::string& reason, const std::string& title, const std::string& fix);
    void resume();  // also ends a wait
    [[nodiscard]] Stock stock();

  private:
    [[nodiscard]] std::vector<std::string> busy();
    [[nodiscard]] bool is_taken(const outbox::Batch& batch, const Request& request) const;
    void write_taken(const std::string& key);
    void accept(const Parcel& parcel, const Verdict& verdict, UnixMs now, Settled& settled);
    void shrink(const Parcel& parcel, const Verdict& verdict, UnixMs now, Settled& settled);

    outbox::Queue queue_;
    Carrier carrier_;
    std::optional<std::int64_t> backlog_max_;
    struct Leased {
        std::string key;
        std::weak_ptr<const void> lease;
        bool before_trouble = false;  // it was sent before the last trouble was met
    };
    std::vector<Leased> leased_;
    // Requests that were taken and may not be marked so in the database, as bits by the key of the batch.
    std::map<std::string, std::int64_t> taken_;
};

}  // namespace kaizen::flush
