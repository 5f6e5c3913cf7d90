#include <ostream>

#include "ctl/command_line.h"
#include "ctl/completion.h"

namespace kaizen::ctl {

Answered<ExitCode> run_completion(Call& call) {
    const std::string& shell = call.options.action;
    const auto written = shell == "bash"  ? bash_completion
                         : shell == "zsh" ? zsh_completion
                                          : fish_completion;
    call.world.out << written(word_tree());
    return ExitCode::ok;
}

}  // namespace kaizen::ctl
