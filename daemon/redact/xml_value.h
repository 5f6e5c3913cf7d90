#pragma once

// Values of XML whose name is an element's, an entry's, or the text of the element before.

#include <cstddef>
#include <optional>

#include "daemon/redact/scan.h"

namespace kaizen::redact {

// Where the value of `name` begins: <name>x</name>, <ns:name id="1">x, <entry key="name">x,
// <name>NAME</name><value>x, <key>NAME</key><string>x; behind blanks and CDATA's opening.
[[nodiscard]] std::optional<std::size_t> xml_value(Scan& scan, Place name);

// The end of one that is not quoted, which begins at `begin`: all up to the next tag, if one follows in its
// line.
[[nodiscard]] std::size_t xml_value_end(const Scan& scan, std::size_t begin);

}  // namespace kaizen::redact
