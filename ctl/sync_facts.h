#pragma once

// What leaves, as facts that several commands show alike: the endpoint's state, the outbox and its balance,
// the exporters. Lines that would say nothing are left out. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "ctl/look.h"
#include "proto/control.h"

namespace kaizen::ctl {

[[nodiscard]] std::string sync_facts(const Look& look, const proto::SyncStatus& sync);
[[nodiscard]] std::string outbox_facts(const Look& look, const proto::Status& status);
[[nodiscard]] std::string exporter_facts(const Look& look,
                                         const std::vector<proto::ExporterStatus>& exporters);

// "1,234 enqueued = 1,100 delivered + 130 waiting + 4 dead"
[[nodiscard]] std::string balance_fact(const Look& look, const proto::Balance& balance);
// What never came into the outbox, and why.
[[nodiscard]] std::string withheld_fact(const Look& look, const proto::OutboxStatus& outbox);

[[nodiscard]] std::string server_of(std::string_view endpoint);  // host and port; "http://" stays

}  // namespace kaizen::ctl
