// SPDX-License-Identifier: Apache-2.0
// Signals as something to wait for, so that a loop handles them where it stands.
#pragma once

#include <signal.h>

#include <initializer_list>
#include <optional>
#include <utility>

#include "base/fd.h"
#include "base/result.h"

namespace kfence {

/// Blocks its signals for as long as it lives, save those that are ignored already. One per process, made before any
/// thread.
class SignalFd {
public:
    [[nodiscard]] static Result<SignalFd> create(std::initializer_list<int> signals);

    SignalFd(SignalFd&& other) noexcept;
    SignalFd& operator=(SignalFd&&) = delete;
    SignalFd(const SignalFd&) = delete;
    SignalFd& operator=(const SignalFd&) = delete;
    ~SignalFd();

    /// Readable when a signal waits.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

    /// The next signal that waits, if any. Does not block.
    [[nodiscard]] std::optional<int> take() noexcept;

private:
    SignalFd(UniqueFd fd, const sigset_t& before) noexcept : fd_(std::move(fd)), before_(before) {}

    UniqueFd fd_;
    sigset_t before_;
};

/// A write to a closed pipe or beyond the limit of a file's size is an error of that write (EPIPE, EFBIG) from now on,
/// and not the end of the process (SIGPIPE, SIGXFSZ).
void ignore_write_signals() noexcept;

/// SIGINT, SIGTERM, SIGHUP: an orderly end.
[[nodiscard]] bool is_ending(int signal) noexcept;

} // namespace kfence
