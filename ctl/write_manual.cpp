// Prints a page of the manual: write_manual kaizenctl.1 | kaizen-config.5. Only for the build.

#include <iostream>
#include <string_view>

#include "ctl/command_line.h"
#include "ctl/manual.h"

int main(int argc, char** argv) {
    const std::string_view page = argc == 2 ? argv[1] : "";
    if (page == "kaizenctl.1")
        std::cout << kaizen::ctl::kaizenctl_page(kaizen::ctl::word_tree());
    else if (page == "kaizen-config.5")
        std::cout << kaizen::ctl::config_page();
    else
        return 2;
    return std::cout.flush() ? 0 : 1;
}
