#include "ctl/severity.h"

namespace kaizen::ctl {

Cell severity_mark(std::string_view severity) {
    if (severity == "ok") return {"✔", Style::green};
    if (severity == "info") return {"·"};
    return severity == "error" ? Cell{"✖", Style::red} : Cell{"▲", Style::yellow};
}

bool is_trouble(std::string_view severity) { return severity != "ok" && severity != "info"; }

}  // namespace kaizen::ctl
