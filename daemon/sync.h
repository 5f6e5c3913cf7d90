#pragma once

// From the configuration to what Flusher needs: endpoint, proxy, token. I/O thread.

#include <boost/asio/any_io_executor.hpp>

#include "common/config.h"
#include "common/paths.h"
#include "daemon/flush/flusher.h"
#include "daemon/runtime/worker.h"

namespace kaizen {

// Without a sink when no endpoint is configured. Fails, naming the key, on an endpoint, a proxy or a token
// file that cannot be used.
[[nodiscard]] Result<flush::Settings> flush_settings(const Config& config, const Env& env,
                                                     const boost::asio::any_io_executor& executor,
                                                     runtime::Worker& worker);

}  // namespace kaizen
