// SPDX-License-Identifier: Apache-2.0
#include "tools/common/wait.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace kfence {
namespace {

timespec until(Clock::time_point deadline) {
    const auto left = std::max(Clock::duration::zero(), deadline - Clock::now());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(left - seconds);
    return {.tv_sec = seconds.count(), .tv_nsec = rest.count()};
}

} // namespace

Result<Ready> wait_until(const WaitSet& set, Clock::time_point deadline) {
    // POLLERR and POLLHUP come unasked; nothing else is of interest about the reader of stdout.
    pollfd fds[] = {{.fd = set.signals, .events = POLLIN, .revents = 0},
                    {.fd = set.keyboard, .events = POLLIN, .revents = 0},
                    {.fd = set.source, .events = POLLIN, .revents = 0},
                    {.fd = set.reader, .events = 0, .revents = 0}};
    const timespec timeout = until(deadline);
    if (::ppoll(fds, std::size(fds), &timeout, nullptr) < 0) {
        if (errno == EINTR) {
            return Ready{};
        }
        return fail_errno(ErrorKind::kFailed, errno, "waiting failed");
    }
    return Ready{.signals = fds[0].revents != 0,
                 .keyboard = fds[1].revents != 0,
                 .source = fds[2].revents != 0,
                 .reader_gone = (fds[3].revents & (POLLERR | POLLHUP)) != 0};
}

} // namespace kfence
