#include "tests/ctl/samples.h"

namespace kaizen::ctl {

Look look_of(int width, bool colour) {
    Look look;
    look.width = width;
    look.colour = colour;
    look.utc = true;
    look.now = kNow;
    look.home = "/home/ada";
    return look;
}

proto::UsageSum sum(std::int64_t responses, proto::Tokens tokens, std::optional<std::int64_t> cost,
                    std::int64_t unpriced) {
    proto::UsageSum one;
    one.responses = responses;
    one.tokens = tokens;
    one.cost_usd_e6 = cost;
    one.unpriced_responses = unpriced;
    one.unpriced_tokens = unpriced * 4'500;
    return one;
}

proto::UsageRow row(const std::string& key, const proto::UsageSum& usage) {
    proto::UsageRow one;
    one.key = key;
    one.usage = usage;
    return one;
}

proto::Usage usage_by(const std::string& by) {
    proto::Usage usage;
    usage.by = by;
    usage.since_ms = kMidnight - 29 * kDay;
    usage.until_ms = kNow;
    usage.total = sum(373, {100'600, 34'340'000, 2'030'200, 411'200, 1'200}, 45'123'000);
    usage.prices = {{"2026-08-22", "built in", true}};
    return usage;
}

proto::Usage by_day() {
    proto::Usage usage = usage_by("day");
    usage.rows = {row("2025-11-20", sum(61, {12'300, 340'000, 20'100, 5'600, 1'200}, 4'123'000)),
                  row("2025-11-24", sum(312, {88'300, 34'000'000, 2'010'100, 405'600, kNone}, 41'000'000))};
    return usage;
}

proto::Status syncing() {
    proto::Status status;
    status.sync.enabled = true;
    status.sync.endpoint = "https://kaizen.example/ingest";
    status.sync.state = "idle";
    status.sync.last_success_at_ms = kNow - 3'000;
    status.sync.batches_sent = 12;
    status.sync.rows_sent = 1'100;
    status.balance = {1'107, 1'100, 4, 2, 1};
    status.outbox.pending = {3, 1, 0, 0};
    status.outbox.oldest_pending_at_ms = kNow - 180'000;
    status.outbox.dead = 2;
    return status;
}

proto::OutboxRow outbox_row(std::int64_t id, const std::string& kind, const std::string& json) {
    proto::OutboxRow one;
    one.id = id;
    one.state = "pending";
    one.kind = kind;
    one.workspace_hash = "blake3:6fa159d0bf044404";
    one.enqueued_at_ms = kNow - 180'000;
    one.bytes = static_cast<std::int64_t>(json.size());
    one.row = json;
    return one;
}

proto::OutboxRow dead_row(std::int64_t id, const std::string& json) {
    proto::OutboxRow one = outbox_row(id, "events", json);
    one.state = "dead";
    one.died_at_ms = kNow - 60'000;
    one.status = 422;
    one.code = "schema_violation";
    one.reason = "events[0].payload.command: longer than 1024 characters";
    return one;
}

std::string rendered(int width, const proto::Usage& usage) { return render_usage(look_of(width), usage, {}); }

}  // namespace kaizen::ctl
