// SPDX-License-Identifier: Apache-2.0
#include "tools/common/wait.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "base/fd.h"

namespace kfence {
namespace {

using std::chrono::milliseconds;

struct Pipe {
    Pipe() {
        int fds[2] = {-1, -1};
        EXPECT_EQ(::pipe(fds), 0);
        read.reset(fds[0]);
        write.reset(fds[1]);
    }
    UniqueFd read;
    UniqueFd write;
};

TEST(Wait, ReturnsAtTheDeadline) {
    const auto deadline = Clock::now() + milliseconds(20);
    const auto ready = wait_until({}, deadline);
    ASSERT_TRUE(ready);
    EXPECT_FALSE(ready->signals || ready->keyboard || ready->source || ready->reader_gone);
    EXPECT_GE(Clock::now(), deadline);
    EXPECT_TRUE(wait_until({}, Clock::now() - milliseconds(5)));
}

TEST(Wait, SaysWhatIsReady) {
    Pipe pipe;
    ASSERT_EQ(::write(pipe.write.get(), "x", 1), 1);
    const auto ready = wait_until({.keyboard = pipe.read.get()}, Clock::now() + std::chrono::hours(1));
    ASSERT_TRUE(ready);
    EXPECT_TRUE(ready->keyboard);
    EXPECT_FALSE(ready->source);
}

TEST(Wait, NoticesThatNobodyReads) {
    Pipe pipe;
    EXPECT_FALSE(wait_until({.reader = pipe.write.get()}, Clock::now())->reader_gone);
    pipe.read.reset();
    EXPECT_TRUE(wait_until({.reader = pipe.write.get()}, Clock::now() + std::chrono::hours(1))->reader_gone);
}

TEST(PumpPacer, CalmIsRareAndAFloodIsFollowed) {
    PumpPacer pacer;
    Clock::time_point now{std::chrono::hours(1)};
    EXPECT_LE(pacer.next(), now);
    pacer.pumped(now, now + milliseconds(1));
    EXPECT_EQ(pacer.next(), now + milliseconds(251));
    for (int i = 0; i < 5; ++i) {
        pacer.pumped(now, now + milliseconds(10));
    }
    EXPECT_EQ(pacer.next(), now + milliseconds(12));
    for (int i = 0; i < 10; ++i) {
        pacer.pumped(now, now);
    }
    EXPECT_EQ(pacer.next(), now + PumpPacer::kCalm);
}

} // namespace
} // namespace kfence
