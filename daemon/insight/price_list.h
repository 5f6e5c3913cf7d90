#pragma once

// The price table in force, and what the history uses of it. Sums alone are read, none of the responses.
// Query threads.

#include <string>

#include "daemon/session/pricing.h"
#include "daemon/store/store.h"
#include "proto/control.h"

namespace kaizen::insight {

struct PriceQuestion {
    std::string model;  // a part of an entry's name, or the name of a model that it prices; empty: any
    bool all = false;   // also entries that the history does not use; those that fit a `model` always
};

[[nodiscard]] proto::Prices list_prices(store::Store& store, const session::PriceTable& table,
                                        const PriceQuestion& question);

}  // namespace kaizen::insight
