#include <algorithm>

#include "daemon/redact/rules.h"
#include "tests/redact/cases.h"

namespace kaizen::test {
namespace {

// Shell, JSON, YAML, headers, URLs, XML, code, escaped JSON, colours.
const std::vector<std::string> kNamed = {
    "export NAME={}",
    "NAME={}\n",
    "NAME='{}' ./run.sh",
    "  NAME: {}\n  other: 1",
    "env:\n  - name: NAME\n    value: {}\n",
    R"({"NAME": "{}"})",
    R"({\"NAME\":\"{}\",\"x\":1})",
    R"(const NAME = "{}";)",
    "NAME = '{}'",
    "os.environ['NAME'] = '{}'",
    "set -x; NAME={}; echo done",
    "https://api.test/v1/items?NAME={}&page=2",
    "<NAME>{}</NAME>",
    "docker run -e NAME={} image",
    "+NAME={}",
    "\x1b[33mNAME\x1b[0m={}",
    "NAME=\x1b[32m{}\x1b[0m",
    R"(NAME=\u001b[32m{}\u001b[0m)",
    "echo $NAME\\n{}\\n",
    "NAME\xEF\xBC\x9A{}",  // a full-width colon
    R"(curl -H "NAME: {}" https://api.test)",
    "call --NAME {} --verbose",
    "call --NAME={}",
    R"(settings.set("NAME", "{}"))",
};

const std::vector<std::string> kBare = {
    "{}",
    "use {} for it",
    "first line\n{}\nlast line",
    "\x1b[32m{}\x1b[0m",
    R"(\u001b[1;31m{}\u001b[0m)",
    R"(one\n{}\ntwo)",
    "\xE8\xAF\xB7\xE7\x94\xA8{}\xE8\xB0\xA2\xE8\xB0\xA2",  // CJK on both sides
    "\xE2\x80\x9C{}\xE2\x80\x9D",
    "({})",
    "[{}]",
    "`{}`",
    "\"{}\"",
    "<{}>",
    "it is {}.",
    "{}, and so on",
    "{};",
    "{}|x",
    "echo {} | sh",
    "value%3D{}%26",
    R"({"text":"see {}"})",
    R"({\"text\":\"{}\"})",
    "\t{}\t",
    "->{}<-",
    "-{}",
    "x={}&y=1",
};

// Formats without a mark of their own.
struct Shapeless {
    std::string_view format, name, shape;
};
constexpr Shapeless kShapeless[] = {
    {"aws-secret", "aws_secret_access_key", "{b40}"},
    {"azure-storage", "AZURE_STORAGE_ACCOUNT_KEY", "{b86}=="},
    {"ngrok", "NGROK_AUTHTOKEN", "2{a26}_{d1}{a20}"},
    {"vault-legacy", "VAULT_TOKEN", "s.{a24}"},
    {"snyk", "SNYK_TOKEN", "{uuid}"},
    {"codecov", "CODECOV_TOKEN", "{uuid}"},
    {"mattermost", "MATTERMOST_TOKEN", "{L26}"},
    {"twilio-auth", "TWILIO_AUTH_TOKEN", "{h32}"},
    {"postmark", "POSTMARK_SERVER_TOKEN", "{uuid}"},
    {"asana", "ASANA_TOKEN", "2/{d16}/{d16}:{h32}"},
    {"okta", "OKTA_API_TOKEN", "00{u40}"},
    {"algolia", "ALGOLIA_API_KEY", "{h32}"},
    {"mistral", "MISTRAL_API_KEY", "{a32}"},
    {"cohere", "COHERE_API_KEY", "{a40}"},
    {"wandb", "WANDB_API_KEY", "{h40}"},
    {"datadog-api", "DD_API_KEY", "{h32}"},
    {"datadog-app", "DD_APP_KEY", "{h40}"},
    {"honeycomb", "HONEYCOMB_API_KEY", "{a22}"},
    {"pagerduty", "PAGERDUTY_TOKEN", "u+{a18}"},
};

std::vector<redact::Rule> vendor_rules() {
    std::vector<redact::Rule> rules;
    for (const auto part :
         {redact::model_rules(), redact::cloud_rules(), redact::code_rules(), redact::service_rules()})
        rules.insert(rules.end(), part.begin(), part.end());
    return rules;
}

void add(Cases& cases, std::string_view format, std::string_view context, std::string_view name,
         std::string_view shape, Shapes& shapes) {
    const std::string secret = shapes.make(shape);
    std::string text(context);
    for (std::size_t at = text.find("NAME"); at != std::string::npos; at = text.find("NAME", at)) {
        text.replace(at, 4, name);
        at += name.size();
    }
    cases.push_back(
        {std::string(format) + " in " + std::string(context), filled(text, secret), shapes.made()});
}

std::string variable_of(std::string_view format) {
    std::string name(format.substr(0, format.find('-')));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return name + "_API_KEY";
}

std::vector<std::string> shapes_of(const redact::Rule& rule) {
    std::vector<std::string> out;
    std::string_view rest = rule.example;
    for (std::size_t bar = rest.find(" | "); bar != std::string_view::npos; bar = rest.find(" | ")) {
        out.emplace_back(rest.substr(0, bar));
        rest.remove_prefix(bar + 3);
    }
    out.emplace_back(rest);
    return out;
}

}  // namespace

std::string filled(std::string_view text, std::string_view value) {
    std::string out;
    for (std::size_t at = text.find("{}"); at != std::string_view::npos; at = text.find("{}")) {
        out.append(text.substr(0, at)).append(value);
        text.remove_prefix(at + 2);
    }
    return out.append(text);
}

Cases named_tokens(Shapes& shapes) {
    Cases cases;
    for (const redact::Rule& rule : vendor_rules()) {
        for (const std::string& shape : shapes_of(rule)) {
            for (const std::string& context : kNamed)
                add(cases, rule.name, context, variable_of(rule.name), shape, shapes);
        }
    }
    for (const Shapeless& one : kShapeless) {
        for (const std::string& context : kNamed)
            add(cases, one.format, context, one.name, one.shape, shapes);
    }
    return cases;
}

Cases bare_tokens(Shapes& shapes) {
    Cases cases;
    for (const redact::Rule& rule : vendor_rules()) {
        for (const std::string& shape : shapes_of(rule)) {
            for (const std::string& context : kBare) add(cases, rule.name, context, "", shape, shapes);
        }
    }
    return cases;
}

}  // namespace kaizen::test
