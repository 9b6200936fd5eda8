// SPDX-License-Identifier: Apache-2.0
#include "tools/common/signals.h"

#include <gtest/gtest.h>

namespace kfence {
namespace {

bool is_blocked(int signal) {
    sigset_t now;
    pthread_sigmask(SIG_BLOCK, nullptr, &now);
    return sigismember(&now, signal) == 1;
}

TEST(SignalFdTest, TakesWhatCameAndUnblocksAtTheEnd) {
    {
        auto signals = SignalFd::create({SIGINT, SIGWINCH});
        ASSERT_TRUE(signals);
        EXPECT_TRUE(is_blocked(SIGINT));
        EXPECT_FALSE(signals->take());
        ::raise(SIGWINCH);
        EXPECT_EQ(signals->take(), SIGWINCH);
        EXPECT_FALSE(signals->take());
        SignalFd moved(std::move(*signals));
        ::raise(SIGINT); // not taken: must not end the process when it is unblocked
    }
    EXPECT_FALSE(is_blocked(SIGINT));
}

TEST(SignalFdTest, WhatIsIgnoredStaysSo) {
    ::signal(SIGHUP, SIG_IGN); // as nohup does
    auto signals = SignalFd::create({SIGHUP});
    ASSERT_TRUE(signals);
    ::raise(SIGHUP);
    EXPECT_FALSE(signals->take());
    ::signal(SIGHUP, SIG_DFL);
}

TEST(SignalFdTest, Ending) {
    EXPECT_TRUE(is_ending(SIGTERM));
    EXPECT_FALSE(is_ending(SIGWINCH));
}

} // namespace
} // namespace kfence
