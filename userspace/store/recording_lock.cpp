// SPDX-License-Identifier: Apache-2.0
#include "store/recording_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/text.h"

namespace kfence {

Result<UniqueFd> create_recording(const std::string& path) {
    constexpr mode_t kOwnerOnly = 0600; // names of processes, and of the kernel's functions
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, kOwnerOnly));
    if (!fd) {
        return fail_errno(ErrorKind::kUsage, errno, fmt::format("cannot create {}", sanitize(path)));
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorKind::kUsage,
                    fmt::format("{} is being recorded by another process: choose another name", sanitize(path)));
    }
    struct stat found{};
    if (::fstat(fd.get(), &found) != 0 || !S_ISREG(found.st_mode)) {
        return fail(ErrorKind::kUsage, fmt::format("{} is no ordinary file: choose another name", sanitize(path)));
    }
    if (found.st_size != 0) {
        return fail(ErrorKind::kUsage,
                    fmt::format("{} exists: choose another name, or remove it first", sanitize(path)));
    }
    return fd;
}

bool is_being_recorded(const std::string& path) noexcept {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    return fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

} // namespace kfence
