#include "daemon/ingest/preview.h"

#include <exception>

#include "common/clock.h"
#include "daemon/ingest/replay.h"

namespace kaizen::ingest {
namespace {

using proto::ingest::Kind;

// A request that is being filled.
class Request {
  public:
    Request(Kind kind, const Config::Sync& sync, const std::string& workspace_hash)
        : kind_(kind),
          sync_(sync),
          workspace_hash_(workspace_hash),
          bytes_(proto::ingest::envelope_bytes(kind, sync.team_id, workspace_hash)) {}

    [[nodiscard]] bool full() const { return full_; }

    void add(const redact::RedactedRow& row) {
        const std::size_t more = row.json().size() + (rows_.empty() ? 0 : 1);
        const bool fits = static_cast<std::int64_t>(rows_.size()) < sync_.events_per_batch_max &&
                          static_cast<std::int64_t>(bytes_ + more) <= sync_.max_body_bytes;
        full_ = full_ || (!fits && !rows_.empty());
        if (full_) return;
        bytes_ += more;
        rows_.push_back(row.json());
    }

    void write(proto::Preview& preview) const {
        if (rows_.empty()) return;
        const std::vector<std::string_view> rows(rows_.begin(), rows_.end());
        proto::PreviewRequest& request = preview.requests.emplace_back();
        request.kind = proto::ingest::name_of(kind_);
        request.path = proto::ingest::path_of(kind_);
        request.rows = static_cast<std::int64_t>(rows.size());
        request.body = proto::ingest::body_of(kind_, sync_.team_id, workspace_hash_, rows);
        request.bytes = static_cast<std::int64_t>(request.body.size());
    }

    [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(rows_.size()); }

  private:
    Kind kind_;
    const Config::Sync& sync_;
    std::string workspace_hash_;
    std::size_t bytes_;
    std::vector<std::string> rows_;
    bool full_ = false;
};

std::string why_withheld(Fate fate) {
    if (fate == Fate::leaves) return {};
    return fate == Fate::sampled_out ? "sampled_out" : "excluded";
}

// Rows of both kinds in the order in which they would be enqueued.
class Filling {
  public:
    Filling(Gate& gate, const session::SessionState& state, proto::Preview& preview)
        : gate_(gate),
          state_(state),
          preview_(preview),
          secrets_(state.workspace),
          workspace_hash_(gate.workspace_hash(state.workspace)),
          events_(Kind::events, gate.sync(), workspace_hash_),
          spans_(Kind::tool_spans, gate.sync(), workspace_hash_) {}

    [[nodiscard]] bool full() const { return events_.full(); }

    void take(const Replay::Step& step) {
        const redact::Origin origin{state_, workspace_hash_, step.turn};
        const auto at = step.row.event.at ? step.row.event.at : step.last_activity;
        add(events_, [&] {
            const redact::SeenEvent seen{
                step.row.event,  step.row.seq,    step.span ? &step.span->span : nullptr,   step.used,
                step.ended_turn, &step.responses, at ? *at : state_.began_at.value_or(now_)};
            return gate_.projection().event(origin, seen, secrets_);
        });
        for (const store::SpanRow& ended : step.ended)
            add(spans_, [&] { return gate_.projection().span(origin, ended.span, secrets_); });
    }

    // The row that no event stands for.
    void close(const Replay::Step& step) {
        ++closing_;
        take(step);
    }

    void write(std::int64_t spans_of_session) {
        events_.write(preview_);
        spans_.write(preview_);
        preview_.rows_left_out =
            state_.next_seq + closing_ - events_.rows() + spans_of_session - spans_.rows() - preview_.refused;
    }

  private:
    template <class Make>
    void add(Request& request, const Make& make) {
        try {
            request.add(make());
        } catch (const std::exception&) {
            ++preview_.refused;
        }
    }

    Gate& gate_;
    const session::SessionState& state_;
    proto::Preview& preview_;
    redact::SessionSecrets secrets_;
    std::string workspace_hash_;
    UnixMs now_ = now();  // for what has no time, as when it is enqueued
    Request events_;
    Request spans_;
    std::int64_t closing_ = 0;
};

}  // namespace

proto::Preview preview(store::Store& store, const session::PriceTable& prices, Gate& gate,
                       std::int64_t session) {
    const session::SessionState state = store.sessions.load(session);
    proto::Preview preview;
    preview.session = state.id;
    preview.agent = state.agent;
    preview.title = state.title;
    preview.workspace = gate.aliases().resolve(state.workspace);
    preview.content = gate.sync().content;
    preview.enabled = gate.enabled();
    preview.salted = gate.salted();
    preview.withheld = why_withheld(gate.fate(state));
    if (!preview.withheld.empty()) return preview;
    Filling filling(gate, state, preview);
    Responses responses(store);
    Replay replay(store, responses, prices, session);
    while (!filling.full()) {
        const auto step = replay.next();
        if (!step) break;
        filling.take(*step);
    }
    if (!filling.full()) {
        if (const auto step = replay.closing()) filling.close(*step);
    }
    filling.write(store.spans.ended_of(session));
    return preview;
}

}  // namespace kaizen::ingest
