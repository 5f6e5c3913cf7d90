#include "daemon/export/otlp_names.h"

#include <algorithm>

namespace kaizen::exporting::otlp {
namespace {

constexpr const char* kTokens = "{token}";
constexpr const char* kSeconds = "s";

// github.com/open-telemetry/semantic-conventions, docs/gen-ai at v1.41.1.
constexpr Names kCore = {
    .semconv = "1.41.1",
    .schema_url = "https://opentelemetry.io/schemas/1.41.1",
    .cache_write_tokens = "gen_ai.usage.cache_creation.input_tokens",
    .token_usage = {"gen_ai.client.token.usage", "Number of input and output tokens used.", kTokens},
    .input_tokens = {},
    .output_tokens = {},
    .operation_duration = {"gen_ai.client.operation.duration", "GenAI operation duration.", kSeconds},
    .tool_duration = {},
    .turn_duration = {},
    .input_usage = {},
    .output_usage = {},
    .cache_read_usage = {},
    .cache_write_usage = {},
    .reasoning_usage = {},
};

// github.com/open-telemetry/semantic-conventions-genai at v0.1.0, the first release of its own. What it
// changed of what we say:
//   cache_creation became cache_write (docs/gen-ai/client-inference.md)
//   gen_ai.client.token.usage and gen_ai.token.type went; instead there are counters of what was used, by
//   gen_ai.token.modality, and histograms of single inferences (docs/gen-ai/gen-ai-token-metrics.md)
//   tools and agents have durations of their own (docs/gen-ai/execute-tool.md, gen-ai-metrics.md)
constexpr Names kGenAi = {
    .semconv = "genai-0.1",
    .schema_url = "https://opentelemetry.io/schemas/gen-ai/0.1.0",
    .cache_write_tokens = "gen_ai.usage.cache_write.input_tokens",
    .token_usage = {},
    .input_tokens = {"gen_ai.client.inference.operation.input_tokens",
                     "The number of input (prompt) tokens used per inference operation.", kTokens},
    .output_tokens = {"gen_ai.client.inference.operation.output_tokens",
                      "The number of output (completion) tokens used per inference operation.", kTokens},
    .operation_duration = {"gen_ai.client.operation.duration", "GenAI operation duration.", kSeconds},
    .tool_duration = {"gen_ai.execute_tool.duration", "The duration of a single tool execution.", kSeconds},
    .turn_duration = {"gen_ai.invoke_agent.duration", "The end-to-end duration of a single agent invocation.",
                      kSeconds},
    .input_usage = {"gen_ai.client.inference.usage.input_tokens",
                    "The number of input (prompt) tokens used, including cached tokens.", kTokens},
    .output_usage = {"gen_ai.client.inference.usage.output_tokens",
                     "The number of output (completion) tokens used, including reasoning tokens.", kTokens},
    .cache_read_usage = {"gen_ai.client.inference.usage.cache_read.input_tokens",
                         "The number of input tokens served from a provider-managed cache.", kTokens},
    .cache_write_usage = {"gen_ai.client.inference.usage.cache_write.input_tokens",
                          "The number of input tokens written to a provider-managed cache.", kTokens},
    .reasoning_usage = {"gen_ai.client.inference.usage.reasoning.output_tokens",
                        "The number of output tokens used for reasoning.", kTokens},
};

constexpr std::array kReleases = {kCore, kGenAi};

}  // namespace

const Names& names_of(std::string_view semconv) {
    const auto* found = std::find_if(kReleases.begin(), kReleases.end(),
                                     [&](const Names& names) { return names.semconv == semconv; });
    return found == kReleases.end() ? kReleases.front() : *found;
}

}  // namespace kaizen::exporting::otlp
