// SPDX-License-Identifier: Apache-2.0
#include "kernel/cgroups.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/mounts.h"

namespace kfence {
namespace {

constexpr int kFileIdKernfs = 0xfe; // FILEID_KERNFS, include/linux/exportfs.h

UniqueFd open_by_id(int mount_fd, std::uint64_t id) {
    alignas(file_handle) std::array<std::byte, sizeof(file_handle) + sizeof id> bytes{};
    auto* handle = reinterpret_cast<file_handle*>(bytes.data());
    handle->handle_bytes = sizeof id;
    handle->handle_type = kFileIdKernfs;
    std::memcpy(bytes.data() + sizeof(file_handle), &id, sizeof id);
    return UniqueFd(::open_by_handle_at(mount_fd, handle, O_PATH | O_CLOEXEC));
}

std::string path_of(int fd) {
    std::array<char, PATH_MAX> buffer{};
    const ssize_t length = ::readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), buffer.data(), buffer.size());
    return length < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(length));
}

} // namespace

CgroupPaths::CgroupPaths(std::string_view root) {
    const std::vector<Mount> mounts = read_mounts(root);
    const auto found = std::ranges::find(mounts, "cgroup2", &Mount::type);
    if (found != mounts.end()) {
        mount_ = found->path;
        fd_ = UniqueFd(::open(mount_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
}

std::string CgroupPaths::path(std::uint64_t id) const {
    if (!fd_) {
        return {};
    }
    const UniqueFd cgroup = open_by_id(fd_.get(), id);
    if (!cgroup) {
        return {};
    }
    const std::string whole = path_of(cgroup.get());
    // One that was removed meanwhile reads "... (deleted)".
    if (!whole.starts_with(mount_) || whole.ends_with(" (deleted)")) {
        return {};
    }
    const std::string below = whole.substr(mount_ == "/" ? 0 : mount_.size());
    return below.empty() ? "/" : sanitize(below);
}

} // namespace kfence
