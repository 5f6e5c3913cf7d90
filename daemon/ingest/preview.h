#pragma once

// The exact bytes that would leave of one session, by the same steps as if they did: for people who want to
// see before they turn it on. Reads only; of the thread that has the store.

#include "daemon/ingest/gate.h"
#include "daemon/session/pricing.h"
#include "daemon/store/store.h"
#include "proto/control.h"

namespace kaizen::ingest {

// The first request of each kind that the session's rows would make.
[[nodiscard]] proto::Preview preview(store::Store& store, const session::PriceTable& prices, Gate& gate,
                                     std::int64_t session);

}  // namespace kaizen::ingest
