#pragma once

// Looks at the first members of a JSON object without parsing it: enough to know noise by its type. Only what
// stands in the structure of the front is believed; text inside strings is stepped over. Pure; any thread.

#include <string_view>

namespace kaizen::parse {

// One member. `text` is a string's content as written (escapes are left), or a literal; empty for an object.
struct FrontMember {
    std::string_view key;
    std::string_view text;
    bool is_string = false;
    bool is_object = false;
};

class LineFront {
  public:
    explicit LineFront(std::string_view line);

    // The next member; after one that is an object, the first member inside it. False: nothing more can be
    // told (an array, a long string, the end of an object, broken JSON).
    [[nodiscard]] bool next(FrontMember& out);

  private:
    void skip_space();
    bool take(char c);
    bool take_string(std::string_view& out);
    bool take_literal(std::string_view& out);

    std::string_view rest_;
    bool open_ = false;  // inside an object
    bool first_ = true;  // no comma is due
};

// Whether the line may be skipped on what its front says: it ends as an object does and holds no second
// record (agents that lost their newline write "}{"; one that was killed leaves half a record before the
// next, which begins as the line does).
[[nodiscard]] bool is_one_object(std::string_view line);

}  // namespace kaizen::parse
