#pragma once

// Every name that OTLP bodies say of agents: those of the GenAI conventions, and ours, under kaizen.*, for
// what has no standard name. A name stands here and nowhere else; where two releases of the conventions
// differ, it stands in Names, once for each release.

#include <array>
#include <string_view>

namespace kaizen::exporting::otlp {

// Without a name: the release has no such instrument.
struct Instrument {
    std::string_view name, description, unit;
};

struct Names {
    std::string_view semconv;  // as [[export.to]] says it
    std::string_view schema_url;
    std::string_view cache_write_tokens;
    // Histograms.
    Instrument token_usage;  // input and output, told apart by gen_ai.token.type
    Instrument input_tokens, output_tokens;
    Instrument operation_duration;
    Instrument tool_duration, turn_duration;
    // Counters, of what an inference took in and gave out.
    Instrument input_usage, output_usage, cache_read_usage, cache_write_usage, reasoning_usage;
};

// By the `semconv` of a target; the first of the table for a word that is not there.
[[nodiscard]] const Names& names_of(std::string_view semconv);

namespace name {

using View = std::string_view;

// Of the resource. Neither host nor user nor process: an instance is a hash (Origin::member).
inline constexpr View service_name = "service.name";
inline constexpr View service_version = "service.version";
inline constexpr View service_instance_id = "service.instance.id";
inline constexpr View team_id = "kaizen.team_id";
inline constexpr View workspace_hash = "kaizen.workspace_hash";

inline constexpr View operation = "gen_ai.operation.name";
inline constexpr View invoke_agent = "invoke_agent";  // operations
inline constexpr View chat = "chat";
inline constexpr View execute_tool = "execute_tool";

inline constexpr View provider = "gen_ai.provider.name";
inline constexpr View conversation_id = "gen_ai.conversation.id";
inline constexpr View agent_name = "gen_ai.agent.name";
inline constexpr View request_model = "gen_ai.request.model";
inline constexpr View response_model = "gen_ai.response.model";
inline constexpr View response_id = "gen_ai.response.id";
inline constexpr View input_tokens = "gen_ai.usage.input_tokens";
inline constexpr View output_tokens = "gen_ai.usage.output_tokens";
inline constexpr View cache_read_tokens = "gen_ai.usage.cache_read.input_tokens";
inline constexpr View reasoning_tokens = "gen_ai.usage.reasoning.output_tokens";
inline constexpr View tool_name = "gen_ai.tool.name";
inline constexpr View tool_call_id = "gen_ai.tool.call.id";
inline constexpr View tool_type = "gen_ai.tool.type";
inline constexpr View function = "function";  // type of a tool
inline constexpr View error_type = "error.type";
inline constexpr View event_name = "event.name";

inline constexpr View token_type = "gen_ai.token.type";    // of metrics
inline constexpr View token_class = "kaizen.token_class";  // as `kaizenctl usage` tells them apart
inline constexpr View token_modality = "gen_ai.token.modality";
inline constexpr View unknown = "unknown";  // modality

inline constexpr View turn = "kaizen.turn";
inline constexpr View turn_outcome = "kaizen.turn.outcome";
inline constexpr View duration = "kaizen.duration";  // how we know it
inline constexpr View observed = "observed";         // from the times of what asked and of the last line
inline constexpr View session_status = "kaizen.session.status";
inline constexpr View event_seq = "kaizen.event_seq";
inline constexpr View parent_session = "kaizen.parent_session";
inline constexpr View sample_rate = "kaizen.sample_rate";
inline constexpr View cost_usd = "kaizen.cost_usd";
inline constexpr View status = "kaizen.status";
inline constexpr View path_hashes = "kaizen.path_hashes";
inline constexpr View snapshot_id = "kaizen.snapshot.id";
inline constexpr View commit_hash = "kaizen.snapshot.commit_hash";
inline constexpr View dirty = "kaizen.snapshot.dirty";
inline constexpr View file_facts = "kaizen.snapshot.file_facts";
inline constexpr View edges = "kaizen.snapshot.edges";
inline constexpr View chunk_index = "kaizen.snapshot.chunk_index";
inline constexpr View chunk_total = "kaizen.snapshot.chunk_total";
inline constexpr View skill_slugs = "kaizen.skill_slugs";
inline constexpr View rule_slugs = "kaizen.rule_slugs";

// Events: what a log record is called.
inline constexpr View event_prefix = "kaizen.";  // before an event's kind: "kaizen.message"
inline constexpr View tool_span_event = "kaizen.tool_span";
inline constexpr View snapshot_event = "kaizen.repo_snapshot";
inline constexpr View facts_event = "kaizen.workspace_facts";

// What a lifecycle event means. Of a turn that ended with the next prompt nobody says how.
struct Meaning {
    View lifecycle;
    View word;
};
inline constexpr View completed = "completed";  // also of a turn that ended with the agent's last message
inline constexpr std::array<Meaning, 4> turn_outcomes = {{{"turn_end", completed},
                                                          {"turn_aborted", "aborted"},
                                                          {"session_end", "session_ended"},
                                                          {"turn_closed", "session_over"}}};
inline constexpr std::array<Meaning, 4> session_statuses = {{{"turn_start", "running"},
                                                             {"turn_end", "waiting"},
                                                             {"turn_aborted", "waiting"},
                                                             {"session_end", "done"}}};

// Members of an event's payload that a log record says, as attributes, by their type.
struct PayloadMember {
    View key;
    View name;
};
inline constexpr std::array<PayloadMember, 6> payload_texts = {{{"text", "kaizen.text"},
                                                                {"role", "kaizen.message.role"},
                                                                {"name", "kaizen.lifecycle.name"},
                                                                {"value", "kaizen.lifecycle.value"},
                                                                {"path", "kaizen.lifecycle.path"},
                                                                {"error_type", error_type}}};
inline constexpr std::array<PayloadMember, 4> payload_flags = {{{"thinking", "kaizen.message.thinking"},
                                                                {"truncated", "kaizen.text_truncated"},
                                                                {"sidechain", "kaizen.sidechain"},
                                                                {"replayed", "kaizen.replayed"}}};
inline constexpr std::array<PayloadMember, 1> payload_numbers = {{{"text_bytes", "kaizen.text_bytes"}}};

}  // namespace name
}  // namespace kaizen::exporting::otlp
