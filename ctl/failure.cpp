#include "ctl/failure.h"

#include <fmt/core.h>

#include "common/text.h"
#include "ctl/plain_text.h"

namespace kaizen::ctl {

Failure wrong_words(std::string message, std::string hint) {
    return Failure(Error(ErrorCode::usage, std::move(message), std::move(hint)));
}

Failure unknown_word(std::string_view word, std::string_view command,
                     const std::vector<std::string_view>& known) {
    const std::string_view near = nearest(word, known);
    return wrong_words(fmt::format("unknown word \"{}\"", plain(word)),
                       near.empty() ? fmt::format("kaizenctl {} --help says what it takes", command)
                                    : fmt::format("did you mean \"{}\"?", near));
}

}  // namespace kaizen::ctl
