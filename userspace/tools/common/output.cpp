// SPDX-License-Identifier: Apache-2.0
#include "tools/common/output.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <optional>

namespace kfence {
namespace {

// A descriptor that poll() calls writable takes this much without blocking (pipe(7)), and stdout must not be
// made non-blocking: that would be the terminal's or the parent's descriptor, too.
constexpr std::size_t kChunk = PIPE_BUF;

/// A terminal that hung up answers EIO; a disk that fails does, too, and nobody has gone then.
bool is_gone(int fd, int error) {
    return error == EPIPE || error == ECONNRESET || (error == EIO && ::isatty(fd) == 1);
}

/// What write_all() is to do after a write() that did not take anything; nothing: write again.
Result<std::optional<Written>> judge_failure(int fd, ssize_t count, int error) {
    if (count == 0) {
        return fail(ErrorKind::kFailed, "stdout cannot be written: it takes nothing");
    }
    if (error == EINTR || error == EAGAIN) {
        return std::nullopt;
    }
    if (is_gone(fd, error)) {
        return Written::kReaderGone;
    }
    return fail_errno(ErrorKind::kFailed, error, "stdout cannot be written");
}

} // namespace

Result<Written> write_all(int fd, std::string_view data, int interrupt_fd) {
    while (!data.empty()) {
        pollfd fds[] = {{.fd = fd, .events = POLLOUT, .revents = 0},
                        {.fd = interrupt_fd, .events = POLLIN, .revents = 0}};
        if (::poll(fds, 2, -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail_errno(ErrorKind::kFailed, errno, "stdout cannot be waited for");
        }
        if ((fds[0].revents & POLLOUT) == 0) {
            if ((fds[1].revents & POLLIN) != 0) {
                return Written::kInterrupted;
            }
            if ((fds[0].revents & POLLERR) != 0) {
                return Written::kReaderGone;
            }
        }
        const ssize_t count = ::write(fd, data.data(), std::min(data.size(), kChunk));
        if (count > 0) {
            data.remove_prefix(static_cast<std::size_t>(count));
            continue;
        }
        const auto end = judge_failure(fd, count, errno);
        if (!end) {
            return std::unexpected(end.error());
        }
        if (*end) {
            return **end;
        }
    }
    return Written::kAll;
}

} // namespace kfence
