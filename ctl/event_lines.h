#pragma once

// Events as lines of a terminal, one each, with a line of its own where a new day begins. Remembers the calls
// that are open, so that a result says which tool it is of and how long it took.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "ctl/look.h"
#include "proto/control.h"

namespace kaizen::ctl {

class EventLines {
  public:
    // `with_session`: events of several sessions are mixed, so that each line names its own.
    EventLines(Look look, bool with_session) : look_(std::move(look)), with_session_(with_session) {}

    [[nodiscard]] std::string text(const proto::Event& event);

  private:
    struct OpenCall {
        std::string tool;
        std::optional<UnixMs> at;
    };

    void remember(const proto::Event& event);
    [[nodiscard]] OpenCall take_call(const proto::Event& result);
    [[nodiscard]] std::string day_line(const proto::Event& event);
    [[nodiscard]] std::string front(const proto::Event& event, int& columns) const;
    [[nodiscard]] std::string body(const proto::Event& event, int room);
    [[nodiscard]] std::string message(const proto::Event& event, int room) const;
    [[nodiscard]] std::string tool_call(const proto::Event& event, int room) const;
    [[nodiscard]] std::string tool_result(const proto::Event& event, int room);
    [[nodiscard]] std::string marked(Style glyph_style, std::string_view glyph, const Cell& name,
                                     const Cell& rest, int room) const;

    Look look_;
    bool with_session_;
    std::string day_;
    std::map<std::string, OpenCall> open_;  // by session and call id
};

}  // namespace kaizen::ctl
