// SPDX-License-Identifier: Apache-2.0
#include "store/recording_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/text.h"

namespace kfence {
namespace {

/// The log of a recording that was cut off, and whose file was moved away: SQLite would drop it.
Result<void> check_no_log(const std::string& path) {
    for (const char* part : {"-wal", "-journal"}) {
        struct stat found{};
        if (::stat((path + part).c_str(), &found) == 0 && found.st_size != 0) {
            return fail(ErrorKind::kUsage,
                        fmt::format("{}{} is left of a recording that was cut off: move it to its file, or choose "
                                    "another name",
                                    sanitize(path), part));
        }
    }
    return {};
}

} // namespace

Result<UniqueFd> create_recording(const std::string& path) {
    constexpr mode_t kOwnerOnly = 0600; // names of processes, and of the kernel's functions
    if (struct stat there{}; ::stat(path.c_str(), &there) != 0) {
        if (auto alone = check_no_log(path); !alone) {
            return std::unexpected(alone.error());
        }
    }
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
    if (auto alone = check_no_log(path); !alone) { // one that is empty may have one, too
        return std::unexpected(alone.error());
    }
    return fd;
}

bool is_being_recorded(const std::string& path) noexcept {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    return fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

} // namespace kfence
