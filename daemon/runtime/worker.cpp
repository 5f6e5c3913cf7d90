#include "daemon/runtime/worker.h"

#include <utility>

namespace kaizen::runtime {

Worker::Worker(std::function<void(const std::exception&)> on_failure)
    : on_failure_(std::move(on_failure)), pool_(1) {}

void Worker::stop() {
    pool_.stop();
    pool_.join();
}

}  // namespace kaizen::runtime
