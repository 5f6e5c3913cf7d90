#include "daemon/runtime/query_pool.h"

#include "common/log.h"

namespace kaizen::runtime {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSlow{500};

const char* words_for(Unanswered::Why why) {
    switch (why) {
        case Unanswered::Why::too_slow:
            return "the answer takes too long";
        case Unanswered::Why::asker_gone:
            return "who asked has gone";
        case Unanswered::Why::stopping:
            return "kaizend stops";
    }
    return "";
}

milliseconds since(std::chrono::steady_clock::time_point time) {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - time);
}

}  // namespace

Unanswered::Unanswered(Why why) : std::runtime_error(words_for(why)), why_(why) {}

Inquiry::Inquiry(Question question, const std::atomic<bool>& stopping, Clock::duration patience)
    : question_(std::move(question)),
      stopping_(&stopping),
      asked_(Clock::now()),
      begun_(asked_),
      until_(asked_ + patience) {}

bool Inquiry::is_over() const {
    return *stopping_ || (question_.asker && question_.asker->is_gone()) || Clock::now() >= until_;
}

void Inquiry::throw_if_over() const {
    if (*stopping_) throw Unanswered(Unanswered::Why::stopping);
    if (question_.asker && question_.asker->is_gone()) throw Unanswered(Unanswered::Why::asker_gone);
    if (Clock::now() >= until_) throw Unanswered(Unanswered::Why::too_slow);
}

void Inquiry::note_end() const {
    const milliseconds took = since(begun_);
    if (took < kSlow) return;
    log::warn("a question took long", "what=\"{}\" ms={} waited_ms={}{}", question_.what, took.count(),
              std::chrono::duration_cast<milliseconds>(begun_ - asked_).count(),
              is_over() ? " answered=no" : "");
}

}  // namespace kaizen::runtime
