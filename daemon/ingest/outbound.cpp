#include "daemon/ingest/outbound.h"

#include <exception>
#include <new>

#include "common/log.h"
#include "daemon/ingest/usage_writer.h"

namespace kaizen::ingest {
namespace {

constexpr std::size_t kKeptSessions = 256;

}  // namespace

void Outbound::use_gate(std::shared_ptr<Gate> gate) {
    gate_ = std::move(gate);
    kept_.clear();  // fates may differ
}

Outbound::Kept& Outbound::keep(std::int64_t session, const session::SessionState& state) {
    const auto found = kept_.find(session);
    if (found != kept_.end()) return found->second;
    redact::SessionSecrets secrets(state.workspace);
    if (const auto stored = store_.outbox.secrets(session)) {
        auto restored = redact::SessionSecrets::restore(*stored, state.workspace);
        if (restored)
            secrets = std::move(*restored);
        else  // numbers begin anew; nothing leaks by that
            log::warn("what a session's secrets were called is lost", "session={} reason={}", state.id,
                      restored.error().message);
    }
    Kept kept{gate_->fate(state), std::move(secrets), false, {}, false};
    kept.responses = session::OpenResponses::unpack(store_.outbox.open_responses(session));
    return kept_.emplace(session, std::move(kept)).first->second;
}

store::Outgoing Outbound::outgoing(std::int64_t session, const session::SessionState& state, UnixMs at) {
    if (!gate_ || at < kept_before_) return store::Outgoing::kept;
    return keep(session, state).fate == Fate::leaves ? store::Outgoing::enqueued : store::Outgoing::withheld;
}

template <class Make>
bool Outbound::enqueue(Kept& kept, const Make& make) {
    if (kept.fate != Fate::leaves) {
        const bool sampled_out = kept.fate == Fate::sampled_out;
        outbox_.withhold({0, sampled_out ? 0 : 1, sampled_out ? 1 : 0});
        return false;
    }
    std::optional<redact::RedactedRow> row;
    // What was met is kept, also when the row ends before it or is refused: it may come again, bare.
    const std::size_t labels = kept.secrets.labels();
    const std::size_t remembered = kept.secrets.remembered();
    const auto met_more = [&] {
        return kept.secrets.labels() != labels || kept.secrets.remembered() != remembered;
    };
    try {
        row = make();
        kept.changed = kept.changed || met_more();
    } catch (const std::bad_alloc&) {
        throw;  // that passes: the slice is read again
    } catch (const std::exception& error) {
        kept.changed = kept.changed || met_more();
        if (problem_.empty())
            log::error("a row was not redacted, so it stays here", "reason={}", error.what());
        problem_ = error.what();
        outbox_.withhold({1, 0, 0});
        return false;
    }
    if (!now_) now_ = now();
    outbox_.enqueue(*row, *now_);
    return true;
}

bool Outbound::event(std::int64_t session, const session::SessionState& state, const Event& event) {
    if (!gate_) return false;
    Kept& kept = keep(session, state);
    session::OpenResponses::Told told;
    if (event.responses != nullptr) {
        told = *event.responses;
    } else if (kept.fate == Fate::leaves) {
        told = kept.responses.add(event.event, event.seq, event.turn, event.used,
                                  event.ended_turn.has_value(), state.open_turn.has_value());
        kept.responses_changed = true;
    }
    return enqueue(kept, [&] {
        const redact::Origin origin{state, gate_->workspace_hash(state.workspace), event.turn};
        const auto at = event.event.at ? event.event.at : event.last_activity;
        const redact::SeenEvent seen{event.event,
                                     event.seq,
                                     event.span,
                                     event.used,
                                     event.ended_turn,
                                     &told,
                                     at               ? *at
                                     : state.began_at ? *state.began_at
                                                      : now()};
        return gate_->projection().event(origin, seen, kept.secrets);
    });
}

bool Outbound::turn_closed(std::int64_t session, const session::SessionState& state,
                           const session::EndedTurn& turn) {
    if (!gate_) return false;
    Kept& kept = keep(session, state);
    session::OpenResponses::Told told;
    told.ended = kept.responses.end_all();
    kept.responses_changed = true;
    const parse::Event closing = session::closing_event(state);
    const session::Growth nothing;
    return event(session, state,
                 {closing, session::closing_seq(turn.turn), turn.turn, last_told(state), nullptr, nothing,
                  turn, &told});
}

bool Outbound::span(std::int64_t session, const session::SessionState& state, std::int64_t turn,
                    const session::ToolSpan& span) {
    if (!gate_) return false;
    Kept& kept = keep(session, state);
    return enqueue(kept, [&] {
        const redact::Origin origin{state, gate_->workspace_hash(state.workspace), turn};
        return gate_->projection().span(origin, span, kept.secrets);
    });
}

void Outbound::placed(std::int64_t session, const session::SessionState& state, UsageWriter& usage) {
    kept_.erase(session);  // made without a workspace
    if (!gate_ || fate(state) != Fate::leaves) return;
    Replay replay(store_, usage.responses(), usage.prices(), session);
    while (const auto step = replay.next()) {
        if (step->last_activity.value_or(0) < kept_before_) continue;
        const Again again = enqueue_again(session, state, *step, 0);
        outbox_.withhold({0, -again.withheld, 0});
    }
    go_on_from(session, state, replay.open_responses());
}

void Outbound::go_on_from(std::int64_t session, const session::SessionState& state,
                          const session::OpenResponses& responses) {
    Kept& kept = keep(session, state);
    if (!kept.responses.is_empty()) return;
    kept.responses = responses;
    kept.responses_changed = true;
}

void Outbound::placed_again(std::int64_t session) {
    const auto kept = kept_.find(session);
    if (kept == kept_.end()) return;
    if (kept->second.changed) store_.outbox.save_secrets(session, kept->second.secrets.state());
    if (kept->second.responses_changed)
        store_.outbox.save_open_responses(session, kept->second.responses.pack());
    kept_.erase(kept);
}

Outbound::Again Outbound::enqueue_again(std::int64_t session, const session::SessionState& state,
                                        const Replay::Step& step, UnixMs since) {
    Again again;
    if (step.last_activity.value_or(since) < since) return again;
    const auto is_due = [&](store::Outgoing outgoing) {
        again.withheld += outgoing == store::Outgoing::withheld ? 1 : 0;
        return outgoing != store::Outgoing::enqueued;
    };
    if (is_due(step.row.outgoing)) {
        const session::ToolSpan* own = step.span ? &step.span->span : nullptr;
        const bool in = event(session, state,
                              {step.row.event, step.row.seq, step.turn, step.last_activity, own, step.used,
                               step.ended_turn, &step.responses});
        store_.events.mark_enqueued(step.row.id);
        ++(in ? again.events : again.refused);
    }
    for (const store::SpanRow& ended : step.ended) {
        if (!is_due(ended.outgoing)) continue;
        const bool in = span(session, state, step.turn, ended.span);
        store_.spans.mark_enqueued(session, ended.span.call_id);
        ++(in ? again.spans : again.refused);
    }
    return again;
}

std::int64_t Outbound::flush() {
    for (auto& [session, kept] : kept_) {
        if (kept.changed) store_.outbox.save_secrets(session, kept.secrets.state());
        if (kept.responses_changed) store_.outbox.save_open_responses(session, kept.responses.pack());
        kept.changed = kept.responses_changed = false;
    }
    if (kept_.size() > kKeptSessions) kept_.clear();
    now_.reset();
    return outbox_.write_counts();
}

void Outbound::forget() {
    kept_.clear();
    outbox_.forget();
    now_.reset();
}

}  // namespace kaizen::ingest
