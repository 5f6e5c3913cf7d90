#pragma once

// Checks of this installation, each with its fix: what `kaizenctl doctor` shows of the daemon's side. A check
// is a function and a row in a table. They take seconds, so they run on a thread of their own, which the
// first question starts.

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <memory>
#include <vector>

#include "daemon/doctor/facts.h"
#include "daemon/runtime/worker.h"
#include "proto/control.h"

namespace kaizen::doctor {

class Doctor {
  public:
    // I/O thread.
    boost::asio::awaitable<std::vector<proto::Check>> examine(Facts facts);
    void stop() { cancelled_ = true; }  // what takes long ends soon

  private:
    std::atomic<bool> cancelled_ = false;
    std::unique_ptr<runtime::Worker> thread_;
};

// All checks that apply. Blocks.
[[nodiscard]] std::vector<proto::Check> run_checks(const Facts& facts, const std::atomic<bool>& cancelled);

}  // namespace kaizen::doctor
