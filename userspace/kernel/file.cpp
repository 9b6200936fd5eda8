// SPDX-License-Identifier: Apache-2.0
#include "kernel/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/scan.h"

namespace kfence {
namespace {

int open_retrying(const std::string& path, int flags) {
    int fd = -1;
    do {
        fd = ::open(path.c_str(), flags | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

} // namespace

std::string rooted(std::string_view root, std::string_view absolute) {
    while (!root.empty() && root.back() == '/') {
        root.remove_suffix(1);
    }
    return fmt::format("{}{}", root, absolute);
}

FileState file_state(const std::string& path) {
    const UniqueFd fd(open_retrying(path, O_RDONLY | O_NONBLOCK));
    if (fd) {
        return FileState::kReadable;
    }
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return FileState::kMissing;
    case EACCES:
        return FileState::kDenied;
    case EPERM:
        return FileState::kLocked;
    default:
        return FileState::kBroken;
    }
}

Error file_error(int error, std::string_view action, const std::string& path) {
    const std::string name = sanitize(path);
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return {ErrorKind::kUnsupported,
                fmt::format("cannot {} {}: it does not exist; this kernel does not have it, or "
                            "its file system is not mounted",
                            action, name)};
    case EACCES:
        return {ErrorKind::kUnsupported, fmt::format("cannot {} {}: permission denied; run as root", action, name)};
    case EPERM:
        return {ErrorKind::kUnsupported,
                fmt::format("cannot {} {}: not permitted; kernel lockdown (/sys/kernel/security/lockdown) or a missing "
                            "capability forbids it",
                            action, name)};
    case EINVAL:
        if (action == "write") {
            return {ErrorKind::kFailed, fmt::format("cannot write {}: the kernel refuses this value", name)};
        }
        [[fallthrough]];
    default:
        return {ErrorKind::kFailed,
                fmt::format("cannot {} {}: {}", action, name, std::generic_category().message(error))};
    }
}

Result<UniqueFd> open_file(const std::string& path) {
    UniqueFd fd(open_retrying(path, O_RDONLY));
    if (!fd) {
        return std::unexpected(file_error(errno, "read", path));
    }
    return fd;
}

Result<std::size_t> read_some(const UniqueFd& fd, char* data, std::size_t size, const std::string& path) {
    ssize_t got = 0;
    do {
        got = ::read(fd.get(), data, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return std::unexpected(file_error(errno, "read", path));
    }
    return static_cast<std::size_t>(got);
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    auto fd = open_file(path);
    if (!fd) {
        return std::unexpected(fd.error());
    }
    std::string text;
    std::array<char, 4096> chunk{};
    while (true) {
        const auto got = read_some(*fd, chunk.data(), chunk.size(), path);
        if (!got) {
            return std::unexpected(got.error());
        }
        if (*got == 0) {
            return text;
        }
        if (text.size() + *got > limit) {
            return fail(ErrorKind::kFailed,
                        fmt::format("{} is larger than the {} bytes such a file can have", sanitize(path), limit));
        }
        text.append(chunk.data(), *got);
    }
}

Result<std::string> read_line(const std::string& path) {
    auto text = read_file(path);
    if (!text) {
        return text;
    }
    return std::string(trimmed(std::string_view(*text).substr(0, text->find('\n'))));
}

std::optional<std::uint64_t> read_number(const std::string& path) {
    const auto line = read_line(path);
    return line ? parse_unsigned(*line) : std::nullopt;
}

Result<void> write_knob(const std::string& path, std::string_view value) {
    const UniqueFd fd(open_retrying(path, O_WRONLY));
    if (!fd) {
        return std::unexpected(file_error(errno, "write", path));
    }
    ssize_t put = 0;
    do {
        put = ::write(fd.get(), value.data(), value.size());
    } while (put < 0 && errno == EINTR);
    if (put < 0) {
        return std::unexpected(file_error(errno, "write", path));
    }
    if (static_cast<std::size_t>(put) != value.size()) {
        return fail(ErrorKind::kFailed, fmt::format("{} took only {} of {} bytes", sanitize(path), put, value.size()));
    }
    return {};
}

} // namespace kfence
