#pragma once

// Every name that OTLP bodies say of agents: those of the OpenTelemetry GenAI conventions v1.41.1, and ours,
// under kaizen.*, for what has no standard name. A name stands here and nowhere else.

#include <array>
#include <string_view>

namespace kaizen::exporting::otlp::name {

using View = std::string_view;

inline constexpr View schema_url = "https://opentelemetry.io/schemas/1.41.1";

// Of the resource. Neither host nor user nor process: a team sees what was done, not on which machine.
inline constexpr View service_name = "service.name";
inline constexpr View service_version = "service.version";
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
inline constexpr View cache_creation_tokens = "gen_ai.usage.cache_creation.input_tokens";
inline constexpr View reasoning_tokens = "gen_ai.usage.reasoning.output_tokens";
inline constexpr View tool_name = "gen_ai.tool.name";
inline constexpr View tool_call_id = "gen_ai.tool.call.id";
inline constexpr View tool_type = "gen_ai.tool.type";
inline constexpr View error_type = "error.type";
inline constexpr View event_name = "event.name";

inline constexpr View token_usage = "gen_ai.client.token.usage";  // metrics
inline constexpr View operation_duration = "gen_ai.client.operation.duration";
inline constexpr View token_type = "gen_ai.token.type";

inline constexpr View turn = "kaizen.turn";
inline constexpr View turn_outcome = "kaizen.turn.outcome";
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
inline constexpr std::array<Meaning, 3> turn_outcomes = {
    {{"turn_end", completed}, {"turn_aborted", "aborted"}, {"session_end", "session_ended"}}};
inline constexpr std::array<Meaning, 4> session_statuses = {{{"turn_start", "running"},
                                                             {"turn_end", "waiting"},
                                                             {"turn_aborted", "waiting"},
                                                             {"session_end", "done"}}};

// Members of an event's payload that a log record says, as attributes, by their type.
struct PayloadMember {
    View key;
    View name;
};
inline constexpr std::array<PayloadMember, 5> payload_texts = {{{"role", "kaizen.message.role"},
                                                                {"name", "kaizen.lifecycle.name"},
                                                                {"value", "kaizen.lifecycle.value"},
                                                                {"path", "kaizen.lifecycle.path"},
                                                                {"error_type", error_type}}};
inline constexpr std::array<PayloadMember, 4> payload_flags = {{{"thinking", "kaizen.message.thinking"},
                                                                {"truncated", "kaizen.text_truncated"},
                                                                {"sidechain", "kaizen.sidechain"},
                                                                {"replayed", "kaizen.replayed"}}};
inline constexpr std::array<PayloadMember, 1> payload_numbers = {{{"text_bytes", "kaizen.text_bytes"}}};

}  // namespace kaizen::exporting::otlp::name
