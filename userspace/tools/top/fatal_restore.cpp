// SPDX-License-Identifier: Apache-2.0
#include "tools/top/fatal_restore.h"

#include <termios.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>

#include "tools/top/stuck_terminal.h"

namespace kfence {
namespace {

// SIGINT, SIGTERM and SIGHUP are waited for by the loop; SIGKILL cannot be caught.
constexpr std::array kSignals = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT,   SIGBUS,  SIGFPE,  SIGUSR1, SIGSEGV, SIGUSR2,
                                 SIGALRM, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGPOLL, SIGPWR,  SIGSYS};

// Read by the handler: plain data, complete before the handler is installed.
struct Saved {
    std::array<char, 1024> sequence{};
    std::size_t size = 0;
    termios modes{};
    bool has_modes = false;
    bool armed = false;
    std::array<struct sigaction, kSignals.size()> before{};
};
Saved saved;
alignas(std::max_align_t) std::array<char, 16384> alternate_stack;

void hand_back() noexcept {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals[i], &saved.before[i], nullptr);
    }
}

/// Like the two handlers that call it, only async-signal-safe calls (signal-safety(7)).
void restore() noexcept {
    unstick_terminal();
    if (takes_output()) {
        [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, saved.sequence.data(), saved.size);
    }
    if (saved.has_modes) {
        ::tcsetattr(STDIN_FILENO, TCSANOW, &saved.modes);
    }
    hand_back();
}

void restore_and_die(int signal, siginfo_t* info, void*) noexcept {
    restore();
    // A fault comes again by itself when its instruction is run again; anything else is sent again.
    if (info->si_code <= 0) {
        ::raise(signal);
    }
}

/// A write hangs only where the terminal takes nothing. In any other case the signal is blocked again, and stays.
void die_if_stuck(int signal, siginfo_t*, void* interrupted) noexcept {
    if (takes_output()) {
        sigaddset(&static_cast<ucontext_t*>(interrupted)->uc_sigmask, signal);
    } else {
        restore();
        ::signal(signal, SIG_DFL);
    }
    ::raise(signal); // blocked until the handler returns
}

} // namespace

Interruptible::Interruptible() noexcept {
    struct sigaction action{};
    action.sa_sigaction = die_if_stuck;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigfillset(&action.sa_mask);
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask_);
    sigset_t ending;
    sigemptyset(&ending);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        if (sigismember(&mask_, kSignals[i]) == 1) {
            ::sigaction(kSignals[i], &action, &actions_[i]);
            sigaddset(&ending, kSignals[i]);
        }
    }
    ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
}

Interruptible::~Interruptible() {
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        if (sigismember(&mask_, kSignals[i]) == 1) {
            ::sigaction(kSignals[i], &actions_[i], nullptr);
        }
    }
}

void arm_fatal_restore(std::string_view sequence) noexcept {
    if (sequence.size() > saved.sequence.size() || saved.armed) {
        return;
    }
    std::ranges::copy(sequence, saved.sequence.begin());
    saved.size = sequence.size();
    saved.has_modes = ::tcgetattr(STDIN_FILENO, &saved.modes) == 0;
    const stack_t stack{.ss_sp = alternate_stack.data(), .ss_flags = 0, .ss_size = alternate_stack.size()};
    ::sigaltstack(&stack, nullptr);
    struct sigaction action{};
    action.sa_sigaction = restore_and_die;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals[i], nullptr, &saved.before[i]);
        if (saved.before[i].sa_handler != SIG_IGN) {
            ::sigaction(kSignals[i], &action, nullptr);
        }
    }
    saved.armed = true;
}

void disarm_fatal_restore() noexcept {
    if (!saved.armed) {
        return;
    }
    hand_back();
    saved.armed = false;
}

} // namespace kfence
