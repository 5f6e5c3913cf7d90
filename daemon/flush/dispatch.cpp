#include "daemon/flush/dispatch.h"

#include <algorithm>

#include "daemon/flush/backoff.h"

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

void note_rejected(Receiver& receiver, const Verdict& verdict, UnixMs now) {
    if (verdict.rejected == 0) return;
    receiver.items_rejected += verdict.rejected;
    note_error(receiver, verdict, now);
}

}  // namespace

// Keys of the batches that are under way.
std::vector<std::string> Dispatch::busy() {
    std::erase_if(leased_, [](const Leased& leased) { return leased.lease.expired(); });
    std::vector<std::string> keys;
    for (const Leased& leased : leased_) keys.push_back(leased.key);
    return keys;
}

bool Dispatch::is_taken(const outbox::Batch& batch, const Request& request) const {
    const auto taken = taken_.find(batch.key);
    const std::int64_t parts = batch.parts_taken | (taken != taken_.end() ? taken->second : 0);
    return (parts >> request.part & 1) != 0;
}

bool Dispatch::shorten(UnixMs now) {
    const Receiver receiver = queue_.receiver();
    const bool fails = receiver.failures > 0 || !receiver.paused.empty();
    if (!fails || !backlog_max_ || receiver.paused == kByUser) return false;
    return queue_.shorten(*backlog_max_, carrier_.limits.rows, busy(), now);
}

std::optional<Parcel> Dispatch::next(UnixMs now, Attempt attempt) {
    const Receiver receiver = queue_.receiver();
    const bool fails = receiver.failures > 0 || !receiver.paused.empty();
    if (receiver.paused == kByUser || (fails && attempt != Attempt::probe)) return std::nullopt;
    const std::vector<std::string> under_way = busy();
    outbox::Limits limits = carrier_.limits;
    if (receiver.body_limit > 0) limits.body_bytes = std::min(limits.body_bytes, receiver.body_limit);
    const auto batch = queue_.take(limits, carrier_.team_id, under_way, now);
    if (!batch) return std::nullopt;
    Parcel parcel;
    parcel.key = batch->key;
    parcel.lease = std::make_shared<char>();
    leased_.push_back({batch->key, parcel.lease});
    Shipment shipment = carrier_.pack(*batch, now);
    parcel.body_bytes = batch->body_bytes;
    parcel.unfit = std::move(shipment.unfit);
    parcel.told = std::move(shipment.told);
    for (Request& request : shipment.requests) {
        if (!is_taken(*batch, request)) parcel.requests.push_back(std::move(request));
    }
    return parcel;
}

void Dispatch::write_taken(const std::string& key) {
    const auto taken = taken_.find(key);
    if (taken == taken_.end()) return;
    for (std::int64_t part = 0; taken->second >> part != 0; ++part) {
        if ((taken->second >> part & 1) != 0) queue_.take_part(key, part);
    }
    taken_.erase(taken);
}

void Dispatch::take_part(const std::string& key, std::int64_t part, const Verdict& verdict, UnixMs now) {
    taken_[key] |= std::int64_t{1} << part;
    write_taken(key);
    if (verdict.rejected == 0) return;
    Receiver receiver = queue_.receiver();
    note_rejected(receiver, verdict, now);
    queue_.save(receiver);
}

Settled Dispatch::settle(const Parcel& parcel, const Verdict& verdict, UnixMs now, std::uint64_t random) {
    // Until the database knows: what it cannot write now must not be sent again for that.
    if (verdict.decision == Decision::accepted) {
        for (const Request& request : parcel.requests) taken_[parcel.key] |= std::int64_t{1} << request.part;
    }
    const auto leased = std::find_if(leased_.begin(), leased_.end(),
                                     [&](const Leased& each) { return each.key == parcel.key; });
    // An answer to what was sent before the trouble was met neither ends the trouble nor adds to it.
    const bool old_news = leased != leased_.end() && leased->before_trouble;
    if (leased != leased_.end()) leased_.erase(leased);
    Settled settled;
    settled.receiver = queue_.receiver();
    Receiver& receiver = settled.receiver;
    const bool trouble = verdict.decision == Decision::later || verdict.decision == Decision::pause;
    if (trouble) {
        note_error(receiver, verdict, now);
        for (Leased& each : leased_) each.before_trouble = true;
    } else if (!old_news) {
        recover(receiver);
    }
    switch (verdict.decision) {
        case Decision::accepted:
            accept(parcel, verdict, now, settled);
            return settled;
        case Decision::split:
        case Decision::isolate:
            shrink(parcel, verdict, now, settled);
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
    queue_.save(receiver);
    return settled;
}

void Dispatch::accept(const Parcel& parcel, const Verdict& verdict, UnixMs now, Settled& settled) {
    Receiver& receiver = settled.receiver;
    receiver.last_success_at = now;
    note_rejected(receiver, verdict, now);
    if (receiver.body_limit > 0) receiver.body_limit += receiver.body_limit / kGrowth + 1;
    if (receiver.body_limit >= carrier_.limits.body_bytes) receiver.body_limit = 0;
    // The server may say anything.
    const std::int64_t before = receiver.rows_deduped;
    settled.rows = queue_.acknowledge(parcel.key, receiver, verdict.accepted.deduped.value_or(0),
                                      parcel.unfit, now, parcel.told);
    taken_.erase(parcel.key);
    settled.deduped = receiver.rows_deduped - before;
    settled.dead = static_cast<std::int64_t>(parcel.unfit.size());
}

// Halves, until one row is left: that is the one. A row that is too large by itself says nothing of how much
// the server takes at once.
void Dispatch::shrink(const Parcel& parcel, const Verdict& verdict, UnixMs now, Settled& settled) {
    Receiver& receiver = settled.receiver;
    write_taken(parcel.key);  // the halves have it from there
    const bool too_large = verdict.decision == Decision::split;
    if (queue_.split(parcel.key, now)) {
        if (too_large) receiver.body_limit = std::max(parcel.body_bytes / 2, kSmallestLimit);
        return;
    }
    if (too_large) receiver.body_limit = 0;
    note_error(receiver, verdict, now);
    queue_.bury(
        parcel.key,
        {verdict.status, verdict.refused.code.empty() ? verdict.reason : verdict.refused.code, verdict.title},
        now);
    settled.dead = 1;
}

void Dispatch::pause(const std::string& reason, const std::string& title, const std::string& fix) {
    Receiver receiver = queue_.receiver();
    receiver.paused = reason;
    receiver.pause_title = title;
    receiver.pause_fix = fix;
    receiver.not_before = 0;
    queue_.save(receiver);
}

void Dispatch::resume() {
    Receiver receiver = queue_.receiver();
    end_pause(receiver);
    receiver.failures = 0;
    receiver.not_before = 0;
    queue_.save(receiver);
}

Stock stock_of(outbox::Queue& queue, std::int64_t batch_rows) {
    return {queue.waiting(), queue.backlog(batch_rows), queue.dead(), queue.receiver()};
}

Stock Dispatch::stock() { return stock_of(queue_, carrier_.limits.rows); }

}  // namespace kaizen::flush
