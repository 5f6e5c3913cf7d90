#pragma once

// What a home sends: a gate that lets everything out, and the rows that wait.

#include <memory>
#include <set>
#include <string>

#include "tests/ingest/session_home.h"

namespace kaizen::test {

[[nodiscard]] std::shared_ptr<ingest::Gate> open_gate();
[[nodiscard]] std::multiset<std::string> rows_of(store::Store& store, proto::ingest::Kind kind);

// Of a home that was read with nobody to send to.
void send_all(SessionHome& home);

}  // namespace kaizen::test
