#pragma once

// When a row has done its part: deleted once every receiver has it, and counted once, as delivered or as
// dead. It is settled from then on; until it is deleted it lies there for the receivers that are behind.
// Worker thread, inside a transaction of the caller's.

#include <cstdint>
#include <string>

#include "common/clock.h"
#include "daemon/outbox/batch.h"

namespace kaizen::store {
struct Store;
struct WaitingRow;
}  // namespace kaizen::store

namespace kaizen::outbox {

// Both of a bounded number of rows. True: there are more.
// Deletes what all receivers have; what was not settled counts as delivered.
bool clear_done(store::Store& store, std::int64_t lane);
// What this receiver has counts as delivered, whoever else is behind.
bool settle_done(store::Store& store, const std::string& receiver, std::int64_t lane);

// The endpoint's: the row counts as dead. It still goes to others.
void bury_for_endpoint(store::Store& store, const store::WaitingRow& row, const Obituary& why, UnixMs now);
// An exporter's: a copy with an id of its own, in no balance.
void bury_for_exporter(store::Store& store, const std::string& receiver, const store::WaitingRow& row,
                       const Obituary& why, UnixMs now);

// It goes to nobody any more. What is not settled yet counts as pending no more; as what, the caller says.
void take_out(store::Store& store, std::int64_t lane, std::int64_t id);

}  // namespace kaizen::outbox
