// Home directories: the user goes; what follows stays when it lies in the session's workspace, and is hashed
// otherwise, in the form that paths have in metadata (<hash8>:<extension>).

#include <algorithm>
#include <optional>

#include "common/blake3.h"
#include "daemon/redact/find.h"

namespace kaizen::redact {
namespace {

// Accounts that every machine has, and the words of documentation.
bool is_nobody(std::string_view user) {
    static constexpr std::string_view kNobodies[] = {"runner",
                                                     "node",
                                                     "user",
                                                     "username",
                                                     "ubuntu",
                                                     "vscode",
                                                     "app",
                                                     "shared",
                                                     "public",
                                                     "default",
                                                     "you",
                                                     "name",
                                                     "me",
                                                     "yourname",
                                                     "your-name",
                                                     "your_name",
                                                     "youruser",
                                                     "your-user",
                                                     "your-username",
                                                     "linuxbrew",
                                                     "jovyan",
                                                     "circleci",
                                                     "codespace",
                                                     "gitpod",
                                                     "vagrant",
                                                     "pi",
                                                     "ec2-user",
                                                     "nonroot",
                                                     "someone",
                                                     "all users",
                                                     "runneradmin",
                                                     "lost+found",
                                                     "containeradministrator",
                                                     "example",
                                                     "xxx",
                                                     "guest",
                                                     "project"};
    return std::any_of(std::begin(kNobodies), std::end(kNobodies),
                       [user](std::string_view one) { return equal_folded(user, one); });
}

// Below /media, where also disks and the uploads of web sites are.
bool is_media_directory(std::string_view name) {
    static constexpr std::string_view kNames[] = {
        "cdrom",     "cdrom0", "dvd",      "floppy", "usb",     "usb0",   "disk",       "data",   "backup",
        "sda1",      "sdb1",   "external", "upload", "uploads", "image",  "images",     "img",    "icons",
        "audio",     "video",  "videos",   "photos", "files",   "static", "css",        "fonts",  "avatars",
        "documents", "music",  "movies",   "tv",     "library", "cache",  "thumbnails", "assets", "public"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

bool is_user_byte(char c) {
    return in(Alphabet::word, c) || c == '.' || c == '-' || c == '+' || static_cast<unsigned char>(c) >= 0x80;
}

// What separates the parts of the path that `literal` is the front of: / \ \\ %2F.
std::string_view separator_of(const Scan& scan, Place literal) {
    const std::string_view text = scan.text(literal);
    if (text[text.size() - 3] == '%') return text.substr(text.size() - 3);
    std::size_t begin = literal.end;
    while (begin > literal.begin && (scan.before(begin) == '/' || scan.before(begin) == '\\')) --begin;
    return scan.text({begin, literal.end});
}

// Where the path begins whose part `home` is at `i`: there, or at a drive or a parent before it (C:, /mnt/c).
// Nothing when letters and the like make it a part of another path: src/home/, /api/Users/.
std::optional<std::size_t> path_begin(const Scan& scan, std::size_t i) {
    static constexpr std::string_view kParents[] = {
        "/mnt/c", "/mnt/d", "/c",      "/d",    "/cygdrive/c", "/usr",  "/var",    "/mnt",
        "/net",   "/nfs",   "/export", "/data", "/private",    "/host", "/rootfs", "/System/Volumes/Data"};
    constexpr std::size_t kLook = 40;
    const char c = scan.before(i);
    if (i == 0 || is_any_of(c, " \"'`\n=(")) return i;
    const std::string_view before = scan.text({i > kLook ? i - kLook : 0, i});
    const std::size_t drive = c == ':' ? 2 : before.ends_with("%3A") || before.ends_with("%3a") ? 4 : 0;
    if (drive != 0 && i >= drive && in(Alphabet::letter, scan.at(i - drive)) &&
        begins_word(scan.text(), i - drive))
        return i - drive;
    for (const std::string_view parent : kParents) {
        if (!before.ends_with(parent)) continue;
        const std::size_t begin = i - parent.size();
        if (!in(Alphabet::alnum, scan.before(begin)) || begins_word(scan.text(), begin)) return begin;
    }
    if (before.ends_with("://localhost") || before.ends_with("://file") || before.ends_with("//")) return i;
    if (scan.at(i) == '\\' && contains_folded(before, "wsl")) return i;
    if (is_any_of(c, "/.~}*_-%)]")) return std::nullopt;
    return begins_word(scan.text(), i) ? std::optional(i) : std::nullopt;
}

// Where the user ends; blanks belong to it when a separator follows soon (C:\Users\Ada Lovelace\).
std::size_t user_end(const Scan& scan, std::size_t begin, std::string_view separator) {
    constexpr std::size_t kLongestWords = 24;  // behind the first one
    std::size_t end = begin;
    while (true) {
        if (is_user_byte(scan.at(end)))
            ++end;
        else if (scan.starts(end, "%20") && is_user_byte(scan.at(end + 3)))
            end += 3;
        else
            break;
    }
    if (separator.front() != '\\' || scan.at(end) != ' ') return end;
    std::size_t longer = end;
    while (longer - end < kLongestWords && (is_user_byte(scan.at(longer)) || scan.at(longer) == ' '))
        ++longer;
    return scan.at(longer) == '\\' ? longer : end;
}

// Where the path ends whose rest begins at `i`.
std::size_t path_end(Scan& scan, std::size_t i, std::string_view separator) {
    if (separator.front() != '\\') i = scan.run(Alphabet::path, i).end;
    while (separator.front() == '\\') {
        if (scan.has(i, Alphabet::path))
            ++i;
        else if (scan.starts(i, separator) && scan.has(i + separator.size(), Alphabet::path))
            i += separator.size();
        else
            break;
    }
    while (scan.before(i) == '.') --i;
    return i;
}

std::string hash_of_path(const Scan& scan, std::string_view path) {
    Blake3 hash;
    hash.update(scan.salt());
    hash.update("path:");
    hash.update(path);
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    std::string text = hash.hex().substr(0, 8);
    if (dot == std::string_view::npos || dot == 0) return text;
    const std::string_view extension = name.substr(dot + 1);
    if (extension.empty() || extension.size() > 8 || !all_in(Alphabet::alnum, extension)) return text;
    return text.append(":").append(extension);
}

// As paths are hashed elsewhere: '/' between the parts, whatever separates them here.
std::string normal_path(std::string_view path, std::string_view separator) {
    std::string normal;
    while (!path.empty()) {
        const bool between = path.starts_with(separator);
        const bool backslash = !between && path.front() == '\\';
        normal.push_back(between || backslash ? '/' : path.front());
        path.remove_prefix(between ? separator.size() : 1);
    }
    return normal;
}

bool lies_in(std::string_view path, std::string_view directory) {
    return !directory.empty() && path.starts_with(directory) &&
           (path.size() == directory.size() || path[directory.size()] == '/' ||
            path[directory.size()] == '\\');
}

// From the start of `path` as far as the workspace has been spelled: /home/ada, /home/ada/work.
bool leads_to(std::string_view path, std::string_view directory) {
    return !path.empty() && directory.starts_with(path) &&
           (directory.size() == path.size() || directory[path.size()] == '/');
}

// Where the slug begins of which `-home-` is the part at `i`: there, or at the parents of home directories.
std::size_t slug_begin(const Scan& scan, std::size_t i) {
    static constexpr std::string_view kParents[] = {"-mnt-c", "-mnt-d", "-var", "-usr", "-export",
                                                    "-data",  "-mnt",   "C-",   "D-",   "c-"};
    if (scan.at(i) == '/') return i + 1;
    const std::string_view before = scan.text({i > 8 ? i - 8 : 0, i});
    for (const std::string_view parent : kParents) {
        if (before.ends_with(parent)) return i - parent.size();
    }
    return i;
}

void add_home(Scan& scan, const Rule& rule, Place user, std::size_t path_begin, std::string_view separator) {
    scan.add(rule, user);
    if (!scan.starts(user.end, separator)) return;
    const std::size_t rest = user.end + separator.size();
    const std::size_t end = path_end(scan, rest, separator);
    constexpr std::size_t kReadings = 4;  // to find its end, to look it up, to spell it, to hash it
    scan.spend(kReadings * (end - path_begin));
    if (end <= rest) return;
    const std::string_view written = scan.text({path_begin, end});
    scan.replace_path({rest, end}, written, [&]() -> std::string {
        const std::string path = normal_path(written, separator);
        const std::string workspace = normal_path(scan.workspace(), "\\");
        return lies_in(path, workspace) || leads_to(path, workspace) ? "" : hash_of_path(scan, path);
    });
}

}  // namespace

void find_home(Scan& scan, const Rule& rule, Place literal) {
    if (!is_user_byte(scan.at(literal.end))) return;
    const auto begin = path_begin(scan, literal.begin);
    if (!begin) return;
    const std::string_view separator = separator_of(scan, literal);
    const Place user{literal.end, user_end(scan, literal.end, separator)};
    std::string_view name = scan.text(user);
    if (user.size() == 0 || !(in(Alphabet::word, name[0]) || static_cast<unsigned char>(name[0]) >= 0x80))
        return;
    Place trimmed = user;
    while (scan.at(trimmed.end - 1) == '.') --trimmed.end;
    name = scan.text(trimmed);
    if (is_nobody(name)) return;
    if (scan.text(literal) == "/media/" && (is_media_directory(name) || !scan.starts(user.end, "/"))) return;
    // A file or a route: /home/index.html, /Users/:id.
    const char next = scan.at(user.end);
    if (next == '(' || next == '{' || next == '$') return;
    add_home(scan, rule, trimmed, *begin, separator);
}

void find_home_slug(Scan& scan, const Rule& rule, Place literal) {
    // -home-ada-work-app: the name of a project's directory among the agents' files.
    const std::size_t begin = slug_begin(scan, literal.begin);
    const bool in_word = in(Alphabet::word, scan.before(begin)) && !begins_word(scan.text(), begin);
    if (in_word || scan.before(begin) == '-') return;
    const std::size_t end = scan.run(Alphabet::word, literal.end).end;
    const Place user{literal.end, end};
    if (user.size() == 0 || is_nobody(scan.text(user))) return;
    // Without more of a path it is one only as the name of a directory: projects/-home-ada
    if (scan.at(end) != '-') {
        if (scan.before(begin) == '/' && scan.at(end) != '.') scan.add(rule, user);
        return;
    }
    scan.add(rule, user);
    const std::size_t rest_end = scan.run(Alphabet::name, end).end;
    scan.spend(rest_end - end);
    if (rest_end == end + 1) return;
    const std::string_view slug = scan.text({begin, rest_end});
    scan.replace_path({end + 1, rest_end}, slug, [&]() -> std::string {
        std::string workspace(scan.workspace());
        std::replace_if(
            workspace.begin(), workspace.end(), [](char c) { return !in(Alphabet::alnum, c); }, '-');
        const bool inside = !workspace.empty() &&
                            (slug.starts_with(workspace) || std::string_view(workspace).starts_with(slug));
        return inside ? "" : hash_of_path(scan, slug);
    });
}

void find_tilde_user(Scan& scan, const Rule& rule, Place literal) {
    // ~ada/…; HEAD~1, ~/x and ~5 are none.
    const char first = scan.at(literal.end);
    if (!(first >= 'a' && first <= 'z')) return;
    const char before = scan.before(literal.begin);
    if (in(Alphabet::word, before) && !begins_word(scan.text(), literal.begin)) return;
    if (before == '/' || before == '.' || before == '~' || before == '-') return;
    const std::size_t end = scan.run(Alphabet::dotted, literal.end).end;
    const Place user{literal.end, end};
    if (scan.at(end) != '/' || user.size() < 2 || is_nobody(scan.text(user))) return;
    add_home(scan, rule, user, literal.begin, "/");
}

void find_root_home(Scan& scan, const Rule& rule, Place literal) {
    // literal: /root; not /rootfs, not src/root.
    if (is_user_byte(scan.at(literal.end)) || !path_begin(scan, literal.begin)) return;
    if (scan.before(literal.begin) == '/' || scan.before(literal.begin) == '<') return;  // </root>
    add_home(scan, rule, {literal.begin + 1, literal.end}, literal.begin, "/");
}

}  // namespace kaizen::redact
