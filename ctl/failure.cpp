#include "ctl/failure.h"

#include <fmt/core.h>

#include "ctl/plain_text.h"

namespace kaizen::ctl {

Failure wrong_words(std::string message, std::string hint) {
    return Failure(Error(ErrorCode::usage, std::move(message), std::move(hint)));
}

Failure unknown_word(std::string_view word, std::string_view command) {
    return wrong_words(fmt::format("unknown word \"{}\"", plain(word)),
                       fmt::format("kaizenctl {} --help says what it takes", command));
}

}  // namespace kaizen::ctl
