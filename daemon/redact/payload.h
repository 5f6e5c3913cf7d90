#pragma once

// What an event says, as far as it may leave (spec "redaction", table). Every member is either on the list
// here by its nature (a number, a name from our own tables) or went through the redactor. Worker thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/parse/event.h"
#include "daemon/redact/redactor.h"
#include "daemon/session/open_responses.h"
#include "daemon/session/session_state.h"
#include "proto/team_hash.h"

namespace kaizen::redact {

enum class Content : std::uint8_t { metadata, text };

struct Shape {
    Content content = Content::metadata;
    std::size_t text_max_bytes = 8192;  // of each text
};

// Where an event took place.
struct Scene {
    std::string_view workspace;                     // absolute; empty: unknown
    std::string_view cwd;                           // likewise
    const std::vector<std::string>* paths;          // that a tool call touches, relative to the workspace
    std::optional<session::EndedTurn> ended_turn;   // with the event
    const session::OpenResponses::Told* responses;  // with it; null: none
};

class PayloadWriter {
  public:
    PayloadWriter(const Redactor& redactor, const proto::TeamHash& hash, Shape shape)
        : redactor_(redactor), hash_(hash), shape_(shape) {}

    // A JSON object. Throws what Redactor throws.
    [[nodiscard]] std::string payload(const parse::Event& event, const Scene& scene,
                                      SessionSecrets& secrets) const;

    // A name that an agent gives to a tool, a model, an error: redacted and short.
    [[nodiscard]] std::string name(std::string_view name, SessionSecrets& secrets) const;

  private:
    void responses(JsonText& out, const session::OpenResponses::Told& told, SessionSecrets& secrets) const;
    void message(JsonText& out, const parse::Event& event, SessionSecrets& secrets) const;
    void tool_call(JsonText& out, const parse::Event& event, const Scene& scene,
                   SessionSecrets& secrets) const;
    void tool_result(JsonText& out, const parse::Event& event, SessionSecrets& secrets) const;
    void lifecycle(JsonText& out, const parse::Event& event, const Scene& scene,
                   SessionSecrets& secrets) const;
    void sizes(JsonText& out, const JsonValue& input, bool cut, SessionSecrets& secrets) const;
    [[nodiscard]] bool values(JsonText& out, const JsonValue& input, const Scene& scene,
                              SessionSecrets& secrets) const;
    [[nodiscard]] bool command(JsonText& out, const JsonValue& input, SessionSecrets& secrets) const;
    void text(JsonText& out, std::string_view text, bool cut, SessionSecrets& secrets) const;
    [[nodiscard]] std::string redacted(std::string_view text, SessionSecrets& secrets) const;
    [[nodiscard]] std::string short_path(std::string_view normal) const;

    const Redactor& redactor_;
    const proto::TeamHash& hash_;
    Shape shape_;
};

}  // namespace kaizen::redact
