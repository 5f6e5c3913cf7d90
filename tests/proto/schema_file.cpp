#include "tests/proto/schema_file.h"

#include <fstream>
#include <regex>

namespace kaizen::proto {
namespace {

SchemaProperty read_property(const std::string& name, const std::string& rest) {
    static const std::regex kType(R"(\{type: (\w+))");
    static const std::regex kRef(R"re(\$ref: "#/components/schemas/(\w+)")re");
    SchemaProperty property;
    property.name = name;
    std::smatch found;
    property.type = std::regex_search(rest, found, kType) ? found[1].str() : "object";
    if (std::regex_search(rest, found, kRef)) property.refers_to = found[1].str();
    property.nullable = rest.find("nullable: true") != std::string::npos;
    return property;
}

}  // namespace

Schemas read_schemas(const std::string& path) {
    static const std::regex kSchema(R"(    (\w+):)");
    static const std::regex kRequired(R"(      required: \[(.*)\])");
    static const std::regex kProperty(R"(        (\w+): (\{.*\}))");
    Schemas schemas;
    std::ifstream in(path);
    std::string line;
    while (std::getline(in, line) && line != "  schemas:") {
    }
    std::vector<SchemaProperty>* current = nullptr;
    std::string required;
    std::smatch found;
    while (std::getline(in, line)) {
        if (std::regex_match(line, found, kSchema)) {
            current = &schemas[found[1].str()];
            required.clear();
        } else if (std::regex_match(line, found, kRequired)) {
            required = ", " + found[1].str() + ",";
        } else if (std::regex_match(line, found, kProperty)) {
            current->push_back(read_property(found[1].str(), found[2].str()));
            current->back().required = required.find(", " + found[1].str() + ",") != std::string::npos;
        }
    }
    return schemas;
}

}  // namespace kaizen::proto
