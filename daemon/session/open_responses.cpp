#include "daemon/session/open_responses.h"

#include <algorithm>
#include <utility>

#include "common/json.h"

namespace kaizen::session {
namespace {

constexpr std::size_t kMostSideChains = 8;  // sub-agents at work in one file

bool says_something(const Growth& used) {
    const parse::TokenCounts& tokens = used.tokens;
    return tokens.input || tokens.output || tokens.cache_read || tokens.cache_write || used.cost_usd_e6;
}

bool is_of_model(const parse::Event& event) {
    return event.kind == parse::EventKind::tool_call ||
           (event.kind == parse::EventKind::message && event.role == parse::Role::assistant);
}

// What a model is asked to go on from.
bool asks(const parse::Event& event) {
    if (event.sidechain) return false;
    return event.kind == parse::EventKind::tool_result || event.kind == parse::EventKind::error ||
           (event.kind == parse::EventKind::message && event.role == parse::Role::user);
}

void add_to(std::optional<std::int64_t>& sum, const std::optional<std::int64_t>& more) {
    if (more) sum = sum.value_or(0) + *more;
}

void add_to(Growth& sum, const Growth& more) {
    add_to(sum.tokens.input, more.tokens.input);
    add_to(sum.tokens.output, more.tokens.output);
    add_to(sum.tokens.cache_read, more.tokens.cache_read);
    add_to(sum.tokens.cache_write, more.tokens.cache_write);
    add_to(sum.tokens.reasoning, more.tokens.reasoning);
    add_to(sum.cost_usd_e6, more.cost_usd_e6);
}

void add_line(EndedResponse& response, const parse::Event& event) {
    if (!event.model.empty()) response.model = event.model;
    if (!event.request_id.empty()) response.request = event.request_id;
    if (!event.at) return;
    response.began_at = std::min(response.began_at.value_or(*event.at), *event.at);
    response.ended_at = std::max(response.ended_at.value_or(*event.at), *event.at);
}

bool is_of(const EndedResponse& response, const parse::Event& event) {
    const bool is_another =
        !response.request.empty() && !event.request_id.empty() && response.request != event.request_id;
    return response.id == event.response_id && !is_another;
}

// A clock that was set back says nothing of how long it took.
void close(EndedResponse response, std::vector<EndedResponse>& ended) {
    if (!says_something(response.used)) return;
    if (response.asked_at && (!response.began_at || *response.asked_at > *response.began_at))
        response.asked_at.reset();
    ended.push_back(std::move(response));
}

using Number = std::optional<std::int64_t>;

// The numbers of a response, in the order in which they are packed.
template <class Response, class Visit>
void each_number(Response& response, Visit&& visit) {
    visit(response.asked_at);
    visit(response.began_at);
    visit(response.ended_at);
    visit(response.used.tokens.input);
    visit(response.used.tokens.output);
    visit(response.used.tokens.cache_read);
    visit(response.used.tokens.cache_write);
    visit(response.used.tokens.reasoning);
    visit(response.used.cost_usd_e6);
}

void write(JsonText& out, const Number& number) { number ? out.Int64(*number) : out.Null(); }

void write(JsonText& out, const EndedResponse& response, bool sidechain) {
    out.StartArray();
    out.string(response.id);
    out.string(response.model);
    out.Int64(response.first_seq);
    out.Int64(response.turn);
    out.Bool(sidechain);
    each_number(response, [&](const Number& number) { write(out, number); });
    out.string(response.request);
    out.EndArray();
}

constexpr rapidjson::SizeType kMembers = 14;  // and, since later, the request

bool read(const JsonValue& from, EndedResponse& response, bool& sidechain) {
    if (!from.IsArray() || from.Size() < kMembers || !from[0].IsString() || !from[1].IsString()) return false;
    if (!from[2].IsInt64() || !from[3].IsInt64() || !from[4].IsBool()) return false;
    response.id = as_view(from[0]);
    response.model = as_view(from[1]);
    response.first_seq = from[2].GetInt64();
    response.turn = from[3].GetInt64();
    sidechain = from[4].GetBool();
    rapidjson::SizeType next = 5;
    each_number(response, [&](Number& number) {
        const JsonValue& value = from[next++];
        if (value.IsInt64()) number = value.GetInt64();
    });
    if (from.Size() > kMembers && from[kMembers].IsString()) response.request = as_view(from[kMembers]);
    return true;
}

}  // namespace

OpenResponses::Told OpenResponses::add(const parse::Event& event, std::int64_t seq, std::int64_t turn,
                                       const Growth& used, bool ends_turn, bool in_turn) {
    Told told;
    if (event.replayed || event.copied) return told;
    if (asks(event)) {
        asked_at_ = event.at;
        if (event.kind != parse::EventKind::tool_result) end_chain(false, 0, told.ended);
    }
    if (!event.response_id.empty()) {
        Open& mine = open(event, seq, turn, told);
        add_line(mine.response, event);
        add_to(mine.response.used, used);
        told.is_part = true;
    } else {
        add_nameless(event, seq, turn, used, told);
    }
    if (ends_turn || !in_turn) {
        for (EndedResponse& response : end_all()) told.ended.push_back(std::move(response));
    }
    return told;
}

// The next one of a chain ends the one before it. Of sub-agents that work side by side in one file nobody can
// tell which chain a line is of.
OpenResponses::Open& OpenResponses::open(const parse::Event& event, std::int64_t seq, std::int64_t turn,
                                         Told& told) {
    const auto found = std::find_if(open_.begin(), open_.end(),
                                    [&](const Open& each) { return is_of(each.response, event); });
    if (found != open_.end()) return *found;
    end_chain(event.sidechain, event.sidechain ? kMostSideChains - 1 : 0, told.ended);
    Open& mine = open_.emplace_back();
    mine.sidechain = event.sidechain;
    mine.response.id = event.response_id;
    mine.response.first_seq = seq;
    mine.response.turn = turn;
    if (!event.sidechain) mine.response.asked_at = asked_at_;
    return mine;
}

// Lines of the model, then what they used.
void OpenResponses::add_nameless(const parse::Event& event, std::int64_t seq, std::int64_t turn,
                                 const Growth& used, Told& told) {
    const bool says_usage = says_something(used);
    if (!says_usage && !is_of_model(event)) return;
    if (!nameless_) {
        nameless_.emplace();
        if (!event.sidechain) nameless_->asked_at = asked_at_;
    }
    if (!says_usage || !nameless_->began_at) add_line(*nameless_, event);
    if (!says_usage) return;
    EndedResponse response = *std::exchange(nameless_, std::nullopt);
    if (!event.model.empty()) response.model = event.model;
    response.first_seq = seq;
    response.turn = turn;
    response.used = used;
    told.is_part = true;
    close(std::move(response), told.ended);
}

// All of the chain but the `leave` youngest.
void OpenResponses::end_chain(bool sidechain, std::size_t leave, std::vector<EndedResponse>& ended) {
    auto more = std::count_if(open_.begin(), open_.end(),
                              [&](const Open& each) { return each.sidechain == sidechain; }) -
                static_cast<std::ptrdiff_t>(leave);
    for (auto each = open_.begin(); each != open_.end() && more > 0;) {
        if (each->sidechain != sidechain) {
            ++each;
            continue;
        }
        close(std::move(each->response), ended);
        each = open_.erase(each);
        --more;
    }
}

std::vector<EndedResponse> OpenResponses::end_all() {
    std::vector<EndedResponse> ended;
    end_chain(false, 0, ended);
    end_chain(true, 0, ended);
    nameless_.reset();
    return ended;
}

std::string OpenResponses::pack() const {
    JsonText out;
    out.StartArray();
    write(out, asked_at_);
    nameless_ ? write(out, *nameless_, false) : static_cast<void>(out.Null());
    for (const Open& each : open_) write(out, each.response, each.sidechain);
    out.EndArray();
    return out.str();
}

OpenResponses OpenResponses::unpack(std::string_view bytes) {
    OpenResponses all;
    JsonDocument document;
    if (!document.parse(bytes) || !document.root().IsArray() || document.root().Size() < 2) return all;
    const JsonValue& from = document.root();
    if (from[0].IsInt64()) all.asked_at_ = from[0].GetInt64();
    bool sidechain = false;
    EndedResponse nameless;
    if (read(from[1], nameless, sidechain)) all.nameless_ = std::move(nameless);
    for (rapidjson::SizeType i = 2; i < from.Size(); ++i) {
        Open each;
        if (read(from[i], each.response, each.sidechain)) all.open_.push_back(std::move(each));
    }
    return all;
}

}  // namespace kaizen::session
