// Model providers, and tools that agents are built with.

#include "daemon/redact/rules.h"

namespace kaizen::redact {
namespace {
using enum Alphabet;

constexpr Rule kRules[] = {
    {"anthropic-api", "sk-ant-api", base64url, 24, "sk-ant-api03-{u93}AA", "sk-ant-api03-your-key"},
    {"anthropic-oauth", "sk-ant-oat", base64url, 24, "sk-ant-oat01-{u86}AA", "sk-ant-oat01-your-token"},
    {"anthropic-refresh", "sk-ant-ort", base64url, 24, "sk-ant-ort01-{u86}AA", "sk-ant-ort01-your-token"},
    {"anthropic-admin", "sk-ant-admin", base64url, 24, "sk-ant-admin01-{u93}AA", "sk-ant-admin01-your-key"},
    {"anthropic-other",
     "sk-ant-",
     base64url,
     16,
     "sk-ant-sid01-{u86}AA",
     "sk-ant-prefix",
     {.must_look_random = true}},
    {"openai-proj", "sk-proj-", base64url, 20, "sk-proj-{u74}T3BlbkFJ{u74}", "sk-proj-your-project-key"},
    {"openai-svc", "sk-svcacct-", base64url, 20, "sk-svcacct-{u74}T3BlbkFJ{u74}", "sk-svcacct-name"},
    {"openai-admin", "sk-admin-", base64url, 20, "sk-admin-{u58}T3BlbkFJ{u58}", "sk-admin-name"},
    {"openai-legacy",
     "T3BlbkFJ",
     base64url,
     16,
     "sk-{a20}T3BlbkFJ{a20}",
     "T3BlbkFJ",
     {.before = base64url, .before_min = 16}},
    {"openrouter", "sk-or-", base64url, 24, "sk-or-v1-{h64}", "sk-or-v1-your-key"},
    {"langfuse", "sk-lf-", base64url, 24, "sk-lf-{uuid}", "sk-lf-your-key"},
    // DeepSeek, Moonshot, LiteLLM, older OpenAI: all begin like this.
    {"deepseek", "sk-", base64url, 18, "sk-{h32}", "sk-learn-contrib-estimators", {.must_look_random = true}},
    {"elevenlabs", "sk_", alnum, 32, "sk_{h48}", "sk_buff", {.must_look_random = true}},
    {"huggingface", "hf_ api_org_", alnum, 24, "hf_{l34}", "hf_hub_download", {.must_look_random = true}},
    {"replicate", "r8_", alnum, 24, "r8_{a37}", "r8_unorm", {.must_look_random = true}},
    {"groq", "gsk_", alnum, 24, "gsk_{a52}", "gsk_prefix", {.must_look_random = true}},
    {"xai", "xai-", alnum, 30, "xai-{a80}", "xai-models", {.must_look_random = true}},
    {"perplexity", "pplx-", alnum, 24, "pplx-{a48}", "pplx-70b-online", {.must_look_random = true}},
    {"together", "tgp_v1_", base64url, 24, "tgp_v1_{u43}", "tgp_v1_your-key"},
    {"fireworks", "fw_", alnum, 20, "fw_{a24}", "fw_version", {.must_look_random = true}},
    {"nvidia", "nvapi-", base64url, 30, "nvapi-{u64}", "nvapi-your-key"},
    {"langsmith", "lsv2_", word, 24, "lsv2_pt_{h32}_{h10}", "lsv2_pt_prefix", {.must_look_random = true}},
    {"tavily", "tvly-", base64url, 20, "tvly-{a32}", "tvly-your-key", {.must_look_random = true}},
    {"firecrawl", "fc-", hex, 24, "fc-{h32}", "fc-cache"},
    {"pinecone", "pcsk_", word, 30, "pcsk_{a5}_{a63}", "pcsk_key"},
    {"cursor", "key_", alnum, 32, "key_{h64}", "key_bindings", {.must_look_random = true}},
    {"cerebras", "csk-", lower, 24, "csk-{L48}", "csk-prefix", {.must_look_random = true}},
    {"runpod", "rpa_", alnum, 32, "rpa_{U40}{a6}", "rpa_bot"},
    {"dify", "app- dataset-", alnum, 24, "app-{a24}", "app-configuration", {.must_look_random = true}},
};

}  // namespace

std::span<const Rule> model_rules() { return kRules; }

}  // namespace kaizen::redact
