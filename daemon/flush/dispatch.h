#pragma once

// The worker's half of flushing: batches become requests, and verdicts become rows that are gone, halved,
// buried or wait. Everything that must survive a restart is written here. Worker thread only.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/flush/sink.h"
#include "daemon/flush/verdict.h"
#include "daemon/outbox/outbox.h"

namespace kaizen::flush {

// What every request to the ingest endpoint says.
struct Sender {
    std::string team_id;
    std::string token;  // empty: none
    outbox::Limits limits;
};

// Puts on a request who asks, and the token.
void introduce(Request& request, const Sender& sender);

// A batch as a request.
class Parcel {
  public:
    Parcel() = default;

    std::string key;
    std::int64_t rows = 0;
    std::int64_t body_bytes = 0;  // before gzip
    Request request;
};

// What came of one.
struct Settled {
    std::int64_t rows = 0;  // delivered
    std::int64_t deduped = 0;
    std::int64_t dead = 0;
    outbox::Receiver receiver;
};

// Of Receiver::paused: only resume() ends it.
inline constexpr const char* kByUser = "by_user";

class Dispatch {
  public:
    explicit Dispatch(outbox::Outbox& outbox) : outbox_(outbox) {}

    void use_sender(Sender sender) { sender_ = std::move(sender); }

    // The next batch; its lane is busy until settle() or release(). Nothing: nothing else can be sent now.
    [[nodiscard]] std::optional<Parcel> next(UnixMs now);
    // `random`: 64 random bits, for the wait.
    [[nodiscard]] Settled settle(const std::string& key, std::int64_t body_bytes, const Verdict& verdict,
                                 UnixMs now, std::uint64_t random);
    void release(const std::string& key);  // it is not known what came of it: it is sent again

    [[nodiscard]] outbox::Receiver receiver() { return outbox_.receiver(kName); }
    void pause(const std::string& reason, const std::string& title, const std::string& fix);
    void resume();  // also ends a wait
    [[nodiscard]] outbox::Summary summary() { return outbox_.summary(); }

  private:
    static constexpr const char* kName = "ingest";

    void accept(const std::string& key, const Verdict& verdict, UnixMs now, Settled& settled);
    void shrink(const std::string& key, std::int64_t body_bytes, const Verdict& verdict, UnixMs now,
                Settled& settled);

    outbox::Outbox& outbox_;
    Sender sender_;
    std::vector<std::string> busy_;
    std::vector<std::string> before_trouble_;  // of these: were sent before the last trouble was met
};

}  // namespace kaizen::flush
