#include "daemon/ingest/turn_closing.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace kaizen::ingest {
namespace {

constexpr std::int64_t kSessionsAtOnce = 200;

}  // namespace

TurnClosing::TurnClosing(store::Store& store, SessionWriter& writer, UnixMs since, UnixMs now,
                         SessionWriter::SaidStatus said)
    : store_(store),
      writer_(writer),
      since_(since),
      now_(now),
      said_(std::move(said)),
      before_(now, std::numeric_limits<std::int64_t>::max()) {}

bool TurnClosing::step() {
    since_ = std::min(since_, writer_.oldest_open().value_or(since_));
    store::Transaction transaction(store_.database);
    const auto places = store_.sessions.open_turns(since_, before_, kSessionsAtOnce);
    try {
        for (const auto& [activity, session] : places) {
            const bool leaves = store_.events.last_outgoing(session) == store::Outgoing::enqueued;
            writer_.close_turn(session, now_, leaves, said_);
        }
        rows_ += writer_.flush();
        transaction.commit();
    } catch (...) {
        writer_.forget();
        throw;
    }
    if (!places.empty()) before_ = places.back();
    const bool more = static_cast<std::int64_t>(places.size()) == kSessionsAtOnce;
    if (!more) writer_.forget_oldest_open();
    return more;
}

}  // namespace kaizen::ingest
