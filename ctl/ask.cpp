#include "ctl/ask.h"

#include <fmt/core.h>

#include <filesystem>

#include "common/version.h"
#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view kUnreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (kUnreserved.find(c) != std::string_view::npos)
            out.push_back(c);
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

Answered<std::string> checked(Call& call, Answered<Answer> answer) {
    if (!answer) return tl::unexpected(std::move(answer.error()));
    if (answer->api == 0) {
        return tl::unexpected(Failure(
            Error(ErrorCode::bad_input, "what answers on " + call.client.socket_path() + " is no kaizend")));
    }
    if (answer->api != kControlApi) {
        Failure failure(Error(ErrorCode::unavailable,
                              fmt::format("kaizend {} speaks control protocol {}, kaizenctl {} speaks {}",
                                          plain(answer->version), answer->api, kVersion, kControlApi),
                              "install the same version of both, and restart kaizend"));
        failure.exit = ExitCode::version_skew;
        return tl::unexpected(std::move(failure));
    }
    call.daemon_version = answer->version;
    if (answer->version != kVersion && !call.warned_of_version) {
        call.note(fmt::format("kaizend is {}, kaizenctl is {}: restart kaizend after an update",
                              plain(answer->version), kVersion));
        call.warned_of_version = true;
    }
    return std::move(answer->body);
}

}  // namespace

Target& Target::segment(std::string_view text) {
    text_ += "/" + percent_encoded(text);
    return *this;
}

Target& Target::query(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    text_ += fmt::format("{}{}={}", has_query_ ? '&' : '?', name, percent_encoded(value));
    has_query_ = true;
    return *this;
}

Target& Target::query(std::string_view name, std::int64_t value) {
    return query(name, fmt::format("{}", value));
}

Answered<std::string> ask(Call& call, const Target& target, std::chrono::milliseconds patience) {
    return checked(call, call.client.get(target.text(), patience));
}

Answered<std::string> tell(Call& call, const Target& target, const std::string& body,
                           std::chrono::milliseconds patience) {
    return checked(call, call.client.post(target.text(), body, patience));
}

Answered<std::string> erase(Call& call, const Target& target) {
    return checked(call, call.client.erase(target.text()));
}

void print_json(Call& call, std::string_view json) { call.world.out << visible_json(json) << std::endl; }

std::string workspace_path(const Options& options) {
    if (options.workspace.empty()) return {};
    std::filesystem::path path = std::filesystem::absolute(options.workspace).lexically_normal();
    if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();  // "dir/" is "dir"
    return path.string();
}

Answered<std::string> ask_about_session(
    const std::string& id, const std::function<Answered<std::string>(const std::string& id)>& question) {
    constexpr std::string_view kSubAgent = "agent-";  // tables leave it out, so it is not asked for
    auto answer = question(id);
    if (answer || answer.error().exit != ExitCode::not_found || id.starts_with(kSubAgent)) return answer;
    auto sub_agent = question(std::string(kSubAgent) + id);
    return sub_agent || sub_agent.error().exit == ExitCode::conflict ? sub_agent : answer;
}

}  // namespace kaizen::ctl
