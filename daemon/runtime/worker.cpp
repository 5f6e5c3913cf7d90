#include "daemon/runtime/worker.h"

namespace kaizen::runtime {

Worker::Worker() : pool_(1) {}

void Worker::stop() {
    pool_.stop();
    pool_.join();
}

}  // namespace kaizen::runtime
