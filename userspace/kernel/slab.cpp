// SPDX-License-Identifier: Apache-2.0
#include "kernel/slab.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>

#include <dirent.h>

#include "kernel/file.h"

namespace kfence {
namespace {

constexpr std::string_view kSlabPath = "/sys/kernel/slab";

struct DirCloser {
    void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};
using Dir = std::unique_ptr<DIR, DirCloser>;

/// The last component of the link `name` in `folder`; empty when it is no link.
std::string link_target(int folder, const char* name) {
    std::array<char, 512> target{};
    const ssize_t size = ::readlinkat(folder, name, target.data(), target.size());
    if (size <= 0 || static_cast<std::size_t>(size) == target.size()) {
        return {};
    }
    std::string_view text(target.data(), static_cast<std::size_t>(size));
    const auto slash = text.rfind('/');
    return std::string(slash == std::string_view::npos ? text : text.substr(slash + 1));
}

/// The flag of the cache `name`; nullopt when it has none, or went away meanwhile.
std::optional<bool> read_flag(int folder, const std::string& name) {
    const UniqueFd fd(::openat(folder, (name + "/skip_kfence").c_str(), O_RDONLY | O_CLOEXEC));
    char first = 0;
    if (!fd || ::pread(fd.get(), &first, 1, 0) != 1) {
        return std::nullopt;
    }
    return first == '1';
}

/// Calls `visit(name)` for every cache until it returns false.
template <typename Visit> Result<void> each_cache(const std::string& path, const Visit& visit) {
    const Dir dir(::opendir(path.c_str()));
    if (!dir) {
        return std::unexpected(file_error(errno, "read", path));
    }
    while (const dirent* entry = ::readdir(dir.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != ".." && !visit(::dirfd(dir.get()), std::string(name))) {
            break;
        }
    }
    return {};
}

} // namespace

Result<std::vector<SlabFlag>> read_slab_flags(std::string_view root) {
    std::vector<SlabFlag> flags;
    std::map<std::string, std::optional<bool>> shared;
    const auto visit = [&](int folder, const std::string& name) {
        if (name.front() == ':') {
            return true; // reported under the names of its members
        }
        std::string target = link_target(folder, name.c_str());
        std::optional<bool> flag;
        if (target.empty()) {
            flag = read_flag(folder, name);
        } else if (const auto known = shared.find(target); known != shared.end()) {
            flag = known->second;
        } else {
            flag = shared.emplace(target, read_flag(folder, target)).first->second;
        }
        if (flag) {
            flags.push_back({name, std::move(target), *flag});
        }
        return true;
    };
    if (auto done = each_cache(rooted(root, kSlabPath), visit); !done) {
        return std::unexpected(done.error());
    }
    std::ranges::sort(flags, {}, &SlabFlag::name);
    return flags;
}

bool has_slab_flags(std::string_view root) {
    bool found = false;
    const auto visit = [&](int folder, const std::string& name) {
        struct stat status{};
        found = ::fstatat(folder, (name + "/skip_kfence").c_str(), &status, 0) == 0;
        return !found;
    };
    return each_cache(rooted(root, kSlabPath), visit).has_value() && found;
}

} // namespace kfence
