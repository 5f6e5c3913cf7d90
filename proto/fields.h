#pragma once

// Names of members, once: the list of a struct's fields drives writing and reading alike. Only for
// proto/*.cpp.

namespace kaizen::proto {

template <class T, class Member>
struct Field {
    const char* name;
    Member T::*member;
};

template <class T, class Member>
constexpr Field<T, Member> field(const char* name, Member T::*member) {
    return {name, member};
}

}  // namespace kaizen::proto
