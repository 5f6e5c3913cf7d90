#pragma once

// From the configuration to those that rows are sent to: the ingest endpoint and the exporters, each as what
// Flusher needs. I/O thread.

#include <boost/asio/any_io_executor.hpp>

#include <optional>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/paths.h"
#include "daemon/flush/flusher.h"
#include "daemon/runtime/worker.h"

namespace kaizen {

struct PlannedReceiver {
    std::string receiver;  // outbox::Receiver::name
    std::string name;      // of the exporter, or of its signal; empty: it is the endpoint
    std::string type;      // of the exporter
    flush::Settings settings;
    std::optional<Error> problem;  // then nothing can be sent there
};

// The endpoint first, when there is one, then the exporters in their order, each signal of OTLP by itself. A
// problem names the key, and never shows a secret.
[[nodiscard]] std::vector<PlannedReceiver> plan_receivers(const Config& config, const Env& env,
                                                          const boost::asio::any_io_executor& executor,
                                                          runtime::Worker& worker);

}  // namespace kaizen
