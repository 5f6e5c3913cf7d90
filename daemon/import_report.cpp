#include "daemon/import_report.h"

#include <algorithm>
#include <numeric>

#include "common/log.h"

namespace kaizen {
namespace {

double megabytes(std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

void ImportReport::on_step(const ingest::StepResult& result) {
    constexpr std::chrono::seconds kInterval{1};
    const auto time = Clock::now();
    files_ = std::max(files_, result.history_files);
    const std::int64_t bytes =
        std::accumulate(result.history_bytes.begin(), result.history_bytes.end(), std::int64_t{0});
    bytes_ = std::max(bytes_, bytes);
    if (!running_) {
        if (result.history_files == 0) return;
        running_ = true;
        began_ = said_ = time;
        log::info("importing history", "files={} megabytes={:.1f}", files_, megabytes(bytes_));
        return;
    }
    const std::chrono::duration<double> took = time - began_;
    if (result.history_files == 0) {
        log::info("history is in", "megabytes={:.1f} seconds={:.1f}", megabytes(bytes_), took.count());
        *this = ImportReport();
    } else if (time - said_ >= kInterval) {
        said_ = time;
        const std::int64_t done = bytes_ - bytes;
        log::info("importing history", "{:.0f}% of {:.1f} MB  files_left={}",
                  100.0 * static_cast<double>(done) / static_cast<double>(std::max<std::int64_t>(1, bytes_)),
                  megabytes(bytes_), result.history_files);
    }
}

}  // namespace kaizen
