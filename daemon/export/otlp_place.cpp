#include "daemon/export/otlp_place.h"

#include "daemon/export/otlp_json.h"

namespace kaizen::exporting::otlp {
namespace {

bool has_parent_turn(const Actor& actor) { return !actor.parent.empty() && actor.parent_turn > 0; }

bool has_start(const Actor& actor) { return has_parent_turn(actor) && !actor.parent_call.empty(); }

std::string trace_of_parent(const Actor& actor) {
    const bool below = !actor.root.empty() && actor.root_turn > 0;
    return below ? trace_id_of(actor.root, actor.root_turn) : trace_id_of(actor.parent, actor.parent_turn);
}

}  // namespace

std::string trace_of(const Actor& actor) {
    return has_start(actor) ? trace_of_parent(actor) : trace_id_of(actor.session, actor.turn);
}

std::string call_above(const Actor& actor) {
    return has_start(actor) ? call_span_id_of(actor.parent, actor.parent_call) : std::string();
}

std::string span_above(const Actor& actor) {
    const std::string call = actor.turn > 0 ? std::string() : call_above(actor);
    return call.empty() ? turn_span_id_of(actor.session, actor.turn) : call;
}

std::optional<Cause> cause_of(const Actor& actor) {
    if (!has_parent_turn(actor)) return std::nullopt;
    return Cause{trace_of_parent(actor), turn_span_id_of(actor.parent, actor.parent_turn)};
}

}  // namespace kaizen::exporting::otlp
