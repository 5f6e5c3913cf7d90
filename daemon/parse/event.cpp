#include "daemon/parse/event.h"

namespace kaizen::parse {

std::string_view name_of(EventKind kind) {
    switch (kind) {
        case EventKind::message:
            return "message";
        case EventKind::tool_call:
            return "tool_call";
        case EventKind::tool_result:
            return "tool_result";
        case EventKind::error:
            return "error";
        case EventKind::cost:
            return "cost";
        case EventKind::lifecycle:
            return "lifecycle";
    }
    return {};
}

std::string_view name_of(Role role) {
    switch (role) {
        case Role::none:
            return {};
        case Role::user:
            return "user";
        case Role::assistant:
            return "assistant";
    }
    return {};
}

}  // namespace kaizen::parse
