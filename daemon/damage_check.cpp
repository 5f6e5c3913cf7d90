#include "daemon/damage_check.h"

#include "common/log.h"
#include "daemon/store/file_check.h"

namespace kaizen {
namespace {

constexpr std::chrono::hours kNotAgainFor{1};

}  // namespace

void DamageCheck::suspect(const std::string& why, bool is_malformed) {
    const auto now = std::chrono::steady_clock::now();
    if (cancelled_ || checking_) return;
    if (began_ && now - *began_ < kNotAgainFor) {
        if (is_malformed) on_proof_(why);
        return;
    }
    began_ = now;
    checking_ = true;
    log::warn("the database may be damaged, so all of it is checked", "reason=\"{}\"", why);
    spawn_(check());
}

boost::asio::awaitable<void> DamageCheck::check() {
    if (!thread_) thread_ = std::make_unique<runtime::Worker>();
    auto job = [this] { return store::full_check(database_, cancelled_); };
    const store::FileCheck found = co_await thread_->run(std::move(job));
    checking_ = false;
    switch (found.outcome) {
        case store::FileCheck::Outcome::damaged:
            on_proof_(found.fault);
            break;
        case store::FileCheck::Outcome::sound:
            log::info("the database is whole");
            break;
        case store::FileCheck::Outcome::unfinished:
            log::warn("the database could not be checked", "reason=\"{}\"", found.fault);
            break;
    }
}

}  // namespace kaizen
