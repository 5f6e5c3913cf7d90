// Where code lives, is built and is published.

#include "daemon/redact/rules.h"

namespace kaizen::redact {
namespace {
using enum Alphabet;

constexpr Rule kRules[] = {
    {"github-pat", "ghp_", alnum, 20, "ghp_{a30}{crc62}", "ghp_token", {.check = ends_in_crc62}},
    {"github-oauth", "gho_", alnum, 20, "gho_{a30}{crc62}", "gho_token", {.check = ends_in_crc62}},
    {"github-u2s", "ghu_", dotted, 20, "ghu_{a30}{crc62}", "ghu_token", {.check = ends_in_crc62}},
    // An installation token is 36 letters, or since 2026 an app id and a JWT.
    {"github-s2s", "ghs_", dotted, 20, "ghs_{a36} | ghs_{d7}_{jwt}", "ghs_token", {.check = ends_in_crc62}},
    {"github-refresh", "ghr_", alnum, 20, "ghr_{a36}", "ghr_token", {.check = ends_in_crc62}},
    {"github-fine", "github_pat_", word, 30, "github_pat_{a22}_{a59}", "github_pat_prefix"},
    {"gitlab-pat",
     "glpat-",
     dotted,
     16,
     "glpat-{u20} | glpat-{u27-300}.01.{len36}{crc36}",
     "glpat-your-token",
     {.check = ends_in_crc36}},
    {"gitlab-deploy", "gldt-", base64url, 16, "gldt-{u20}", "gldt-token"},
    {"gitlab-runner", "glrt- glrtr-", dotted, 16, "glrt-{u20}", "glrt-token"},
    {"gitlab-trigger", "glptt-", dotted, 20, "glptt-{h40}", "glptt-token"},
    {"gitlab-job", "glcbt-", dotted, 18, "glcbt-{h2}_{u20}", "glcbt-token"},
    {"gitlab-feed", "glft- glimt- glffct- glsoat-", base64url, 16, "glft-{u20}", "glft-token"},
    {"gitlab-agent", "glagent-", base64url, 24, "glagent-{u50}", "glagent-configuration"},
    {"gitlab-oauth", "gloas-", alnum, 24, "gloas-{h64}", "gloas-secret"},
    {"gitlab-runner-reg", "GR1348941", base64url, 16, "GR1348941{u20}", "GR1348941 is its prefix"},
    {"bitbucket", "ATBB", alnum, 20, "ATBB{a24}{H8}", "ATBB tokens", {.must_look_random = true}},
    {"atlassian",
     "ATATT3 ATCTT3",
     base64url,
     60,
     "ATATT3xFfGF0{u171}={H8}",
     "ATATT3",
     {.tail = {'=', any_hex, 8}}},
    {"circleci", "CCIPAT_ CCIPRJ_", word, 24, "CCIPAT_{a22}_{h40}", "CCIPAT_token"},
    {"buildkite", "bkua_", alnum, 20, "bkua_{h40}", "bkua_token"},
    {"sonar", "sqp_ sqa_", alnum, 24, "sqp_{h40}", "sqp_solver"},
    {"sonar-user", "squ_", alnum, 24, "squ_{h40}", "squ_token"},
    {"sourcegraph", "sgp_", word, 24, "sgp_{h16}_{h40}", "sgp_token", {.must_look_random = true}},
    {"jfrog-key", "AKCp", alnum, 40, "AKCp{a69}", "AKCp prefix"},
    {"jfrog-ref", "cmVmdGtuOj", alnum, 30, "cmVmdGtuOjAxO{a51}", "cmVmdGtuOj"},
    {"octopus", "API-", upper, 20, "API-{U26}", "API-REFERENCE", {.must_look_random = true}},
    {"harness",
     "pat.",
     dotted,
     50,
     "pat.{u22}.{h24}.{a20}",
     "pat.example.configuration.somewhere.in.a.namespace.x",
     {.must_look_random = true}},
    {"infracost", "ico-", alnum, 20, "ico-{a32}", "ico-file", {.must_look_random = true}},
    {"prefect", "pnu_ pnb_", alnum, 24, "pnu_{a36}", "pnu_key"},
    {"npm", "npm_", alnum, 20, "npm_{a30}{crc62}", "npm_config_registry", {.check = ends_in_crc62}},
    {"pypi", "pypi-AgE", base64url, 40, "pypi-AgEIcHlwaS5vcmcC{u150-170}", "pypi-AgE"},
    {"rubygems", "rubygems_", alnum, 24, "rubygems_{h48}", "rubygems_api_key"},
    {"nuget", "oy2", lower, 35, "oy2{y43}", "oy2 is a prefix"},
    {"crates", "cio", alnum, 24, "cio{a32}", "cionabcdefghij", {.must_look_random = true}},
    {"dockerhub-pat", "dckr_pat_", base64url, 16, "dckr_pat_{u27}", "dckr_pat_token"},
    {"dockerhub-oat", "dckr_oat_", base64url, 16, "dckr_oat_{u32}", "dckr_oat_token"},
    {"clojars", "CLOJARS_", hex, 30, "CLOJARS_{h60}", "CLOJARS_USERNAME"},
    {"readme", "rdme_", lower, 40, "rdme_{L70}", "rdme_key"},
};

}  // namespace

std::span<const Rule> code_rules() { return kRules; }

}  // namespace kaizen::redact
