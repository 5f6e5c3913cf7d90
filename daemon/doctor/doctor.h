#pragma once

// Checks of this installation, each with its fix: what `kaizenctl doctor` shows of the daemon's side. A check
// is a function and a row in a table. They block, so they run on a thread of their own, which the first
// question starts; full ones, which take as long as reading the whole database, on another.

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "daemon/doctor/facts.h"
#include "daemon/runtime/query_pool.h"
#include "daemon/runtime/worker.h"
#include "proto/control.h"

namespace kaizen::doctor {

class Doctor {
  public:
    // I/O thread. `asker` may be null; what takes long ends when they leave.
    boost::asio::awaitable<std::vector<proto::Check>> examine(Facts facts,
                                                              std::shared_ptr<runtime::Asker> asker);
    void stop() { cancelled_ = true; }  // what takes long ends soon

  private:
    std::atomic<bool> cancelled_ = false;
    std::unique_ptr<runtime::Worker> thread_;
    std::unique_ptr<runtime::Worker> full_thread_;
};

// All checks that apply. Blocks.
[[nodiscard]] std::vector<proto::Check> run_checks(const Facts& facts,
                                                   const std::function<bool()>& cancelled);

}  // namespace kaizen::doctor
