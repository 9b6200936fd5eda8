// SPDX-License-Identifier: Apache-2.0
#include "tools/common/signals.h"

#include <sys/signalfd.h>

#include <cerrno>

namespace kfence {

Result<SignalFd> SignalFd::create(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) {
        // What whoever started us wants ignored (nohup) stays so: a blocked signal would come all the same.
        struct sigaction action{};
        if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
            sigaddset(&set, signal);
        }
    }
    sigset_t before;
    if (const int error = pthread_sigmask(SIG_BLOCK, &set, &before); error != 0) {
        return fail_errno(ErrorKind::kFailed, error, "signals cannot be blocked");
    }
    UniqueFd fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) {
        const int error = errno;
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return fail_errno(ErrorKind::kFailed, error, "signals cannot be waited for");
    }
    return SignalFd(std::move(fd), before);
}

SignalFd::SignalFd(SignalFd&& other) noexcept : fd_(std::move(other.fd_)), before_(other.before_) {}

SignalFd::~SignalFd() {
    if (!fd_) {
        return;
    }
    // What came last moment is answered already by the end that is under way.
    while (take()) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> SignalFd::take() noexcept {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) {
        return std::nullopt;
    }
    return static_cast<int>(info.ssi_signo);
}

void ignore_write_signals() noexcept {
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
}

bool is_ending(int signal) noexcept {
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP;
}

} // namespace kfence
