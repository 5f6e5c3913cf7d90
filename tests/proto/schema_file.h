#pragma once

// The schemas of proto/control-v1.yaml and ingest-v1.yaml, read by their regular layout rather than by YAML's
// whole grammar.

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kaizen::proto {

struct SchemaProperty {
    std::string name;
    std::string type;       // string, integer, number, boolean, array, object
    std::string refers_to;  // the schema of the object or of the array's elements; empty: none
    bool nullable = false;
    bool required = false;
};

using Schemas = std::map<std::string, std::vector<SchemaProperty>>;  // properties in file order

[[nodiscard]] Schemas read_schemas(const std::string& path);

}  // namespace kaizen::proto
