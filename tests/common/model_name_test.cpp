#include "common/model_name.h"

#include <gtest/gtest.h>

namespace kaizen {
namespace {

TEST(ModelName, is_the_same_in_every_spelling) {
    for (const char* name :
         {"claude-opus-4-6", "anthropic/claude-opus-4.6", "us.anthropic.claude-opus-4-6-20260205-v1:0",
          "claude-opus-4-6@20260205", "claude-4.6-opus", "openrouter/anthropic/claude-4-6-opus-20260205",
          "claude-opus-4-6[1m]"})
        EXPECT_EQ(model_family(name), "claude-opus-4-6") << name;
    EXPECT_EQ(model_family("openai/gpt-5.1-2025-11-13"), "gpt-5.1");
}

TEST(ModelName, keeps_what_makes_another_model) {
    for (const char* name : {"gpt-5.1-codex", "gpt-5.1-codex-mini", "claude-3-opus-latest", "o3-v", "", "-"})
        EXPECT_EQ(plain_model_name(name), name);
    EXPECT_EQ(model_family("gpt-5.1-codex"), "gpt-5.1-codex");
    EXPECT_EQ(plain_model_name("anthropic.claude-moss-v1"), "claude-moss-v1") << "with its version";
}

}  // namespace
}  // namespace kaizen
