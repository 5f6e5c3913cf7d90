#pragma once

// What users call their Codex threads: <CODEX_HOME>/session_index.jsonl, one line per naming, the last of a
// thread holds. Read when it changed, as much of its end as is bounded here. A query thread.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/agent_roots.h"

namespace kaizen::insight {

class ThreadNames {
  public:
    // Where the files lie, for the roots that the agent uses by itself.
    [[nodiscard]] static std::vector<std::string> files(const std::string& home, const Env& env);

    explicit ThreadNames(std::vector<std::string> files);

    void refresh();
    [[nodiscard]] std::string of(const std::string& thread) const;  // empty: none is known

  private:
    struct File {
        std::string path;
        ino_t inode = 0;
        off_t size = -1;
        std::int64_t mtime_ns = 0;
        std::map<std::string, std::string> names;  // by thread
    };
    static void read(File& file, int fd);

    std::vector<File> files_;
};

}  // namespace kaizen::insight
