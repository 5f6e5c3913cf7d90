#pragma once

// The name that a value is set under: how far it reaches around a sensitive word in it, and what introduces
// it.

#include <cstddef>

#include "daemon/redact/scan.h"

namespace kaizen::redact {

// The whole name around a sensitive word in it.
[[nodiscard]] Place name_around(Scan& scan, Place word);

// Where a name of several parts begins: spring.mail.password.
[[nodiscard]] std::size_t dotted_begin(Scan& scan, std::size_t name_begin);

// Behind what may stand between a name and its separator: "Unseal Key 1:", "${env:NAME} =".
[[nodiscard]] std::size_t past_name(const Scan& scan, Place name);

// Whether it is the type in a mark, which says nothing about what stands behind the mark.
[[nodiscard]] bool names_mark(const Scan& scan, Place name);

// Whether the name that begins at `i` is the first in its line; also behind "export ", "ENV ", "- ".
[[nodiscard]] bool begins_line(const Scan& scan, std::size_t i);

// Whether no more than a blank joins the name to its value: ENV NAME value, set -x NAME value, configure set
// NAME value, login … password value.
[[nodiscard]] bool takes_blank(const Scan& scan, Place name);

}  // namespace kaizen::redact
