#include "daemon/flush/dispatch.h"

#include <algorithm>
#include <string_view>

#include "common/version.h"
#include "daemon/flush/backoff.h"
#include "daemon/flush/gzip.h"

namespace kaizen::flush {
namespace {

using outbox::Receiver;

constexpr std::chrono::milliseconds kProbeEvery = std::chrono::minutes(5);
constexpr std::int64_t kSmallestLimit = 1000;  // bytes of a body

// A limit that was learnt grows again by a part of itself, until it is none.
constexpr std::int64_t kGrowth = 50;

void note_error(Receiver& receiver, const Verdict& verdict, UnixMs now) {
    receiver.last_error = verdict.title;
    receiver.last_error_at = now;
}

void end_pause(Receiver& receiver) {
    receiver.paused.clear();
    receiver.pause_title.clear();
    receiver.pause_fix.clear();
}

// The server answers: it is neither away nor closed to us.
void recover(Receiver& receiver) {
    receiver.failures = 0;
    receiver.not_before = 0;
    if (receiver.paused != kByUser) end_pause(receiver);
}

void wait(Receiver& receiver, bool known, std::chrono::milliseconds time, UnixMs now) {
    const UnixMs until = now + time.count();
    receiver.not_before = known ? std::max(receiver.not_before, until) : until;
    if (!known) ++receiver.failures;
}

}  // namespace

void introduce(Request& request, const Sender& sender) {
    request.headers.emplace_back("X-Kaizen-Client", std::string("kaizend/") + kVersion);
    if (sender.token.empty()) return;
    request.headers.emplace_back("Authorization", "Bearer " + sender.token);
    request.secrets.push_back(sender.token);
}

std::optional<Parcel> Dispatch::next(UnixMs now) {
    outbox::Limits limits = sender_.limits;
    if (const std::int64_t learnt = receiver().body_limit; learnt > 0)
        limits.body_bytes = std::min(limits.body_bytes, learnt);
    const auto batch = outbox_.take(limits, sender_.team_id, busy_, now);
    if (!batch) return std::nullopt;
    busy_.push_back(batch->key);
    std::vector<std::string_view> rows;
    rows.reserve(batch->rows.size());
    for (const outbox::Row& row : batch->rows) rows.push_back(row.json);
    const std::string body =
        proto::ingest::body_of(batch->kind, sender_.team_id, batch->workspace_hash, rows);
    Parcel parcel;
    parcel.key = batch->key;
    parcel.rows = static_cast<std::int64_t>(rows.size());
    parcel.body_bytes = static_cast<std::int64_t>(body.size());
    parcel.request.method = "POST";
    parcel.request.path = proto::ingest::path_of(batch->kind);
    parcel.request.headers.emplace_back("Content-Type", "application/json");
    parcel.request.headers.emplace_back("Content-Encoding", "gzip");
    parcel.request.headers.emplace_back("X-Kaizen-Idempotency-Key", batch->key);
    introduce(parcel.request, sender_);
    parcel.request.body = gzip(body);
    return parcel;
}

void Dispatch::release(const std::string& key) {
    std::erase(busy_, key);
    std::erase(before_trouble_, key);
}

Settled Dispatch::settle(const std::string& key, std::int64_t body_bytes, const Verdict& verdict, UnixMs now,
                         std::uint64_t random) {
    // An answer to what was sent before the trouble was met neither ends the trouble nor adds to it.
    const bool old_news =
        std::find(before_trouble_.begin(), before_trouble_.end(), key) != before_trouble_.end();
    release(key);
    Settled settled;
    settled.receiver = receiver();
    Receiver& receiver = settled.receiver;
    const bool trouble = verdict.decision == Decision::later || verdict.decision == Decision::pause;
    if (trouble) {
        note_error(receiver, verdict, now);
        before_trouble_ = busy_;
    } else if (!old_news) {
        recover(receiver);
    }
    switch (verdict.decision) {
        case Decision::accepted:
            accept(key, verdict, now, settled);
            return settled;
        case Decision::split:
        case Decision::isolate:
            shrink(key, body_bytes, verdict, now, settled);
            break;
        case Decision::later:
            wait(receiver, old_news, wait_after(receiver.failures + 1, random, verdict.retry_after), now);
            break;
        case Decision::pause:
            if (receiver.paused == kByUser) break;
            receiver.paused = verdict.reason;
            receiver.pause_title = verdict.title;
            receiver.pause_fix = verdict.fix;
            receiver.not_before = now + kProbeEvery.count();
            break;
    }
    outbox_.save(receiver);
    return settled;
}

void Dispatch::accept(const std::string& key, const Verdict& verdict, UnixMs now, Settled& settled) {
    Receiver& receiver = settled.receiver;
    receiver.last_success_at = now;
    if (receiver.body_limit > 0) receiver.body_limit += receiver.body_limit / kGrowth + 1;
    if (receiver.body_limit >= sender_.limits.body_bytes) receiver.body_limit = 0;
    // The server may say anything.
    const std::int64_t before = receiver.rows_deduped;
    settled.rows = outbox_.acknowledge(key, receiver, verdict.accepted.deduped.value_or(0));
    settled.deduped = receiver.rows_deduped - before;
}

// Halves, until one row is left: that is the one. A row that is too large by itself says nothing of how much
// the server takes at once.
void Dispatch::shrink(const std::string& key, std::int64_t body_bytes, const Verdict& verdict, UnixMs now,
                      Settled& settled) {
    Receiver& receiver = settled.receiver;
    const bool too_large = verdict.decision == Decision::split;
    if (outbox_.split(key, now)) {
        if (too_large) receiver.body_limit = std::max(body_bytes / 2, kSmallestLimit);
        return;
    }
    if (too_large) receiver.body_limit = 0;
    note_error(receiver, verdict, now);
    outbox_.bury(
        key,
        {verdict.status, verdict.refused.code.empty() ? verdict.reason : verdict.refused.code, verdict.title},
        now);
    settled.dead = 1;
}

void Dispatch::pause(const std::string& reason, const std::string& title, const std::string& fix) {
    Receiver receiver = this->receiver();
    receiver.paused = reason;
    receiver.pause_title = title;
    receiver.pause_fix = fix;
    receiver.not_before = 0;
    outbox_.save(receiver);
}

void Dispatch::resume() {
    Receiver receiver = this->receiver();
    end_pause(receiver);
    receiver.failures = 0;
    receiver.not_before = 0;
    outbox_.save(receiver);
}

}  // namespace kaizen::flush
