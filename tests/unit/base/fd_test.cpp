// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"

#include <fcntl.h>

#include <gtest/gtest.h>

namespace kfence {
namespace {

bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) != -1;
}

int open_null() {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

TEST(UniqueFd, ClosesOnceAtTheEnd) {
    int raw = -1;
    {
        const UniqueFd fd(open_null());
        raw = fd.get();
        EXPECT_TRUE(is_open(raw));
    }
    EXPECT_FALSE(is_open(raw));
}

TEST(UniqueFd, MovesOwnership) {
    UniqueFd a(open_null());
    const int raw = a.get();
    UniqueFd b(std::move(a));
    EXPECT_EQ(b.get(), raw);
    UniqueFd c(open_null());
    const int replaced = c.get();
    c = std::move(b);
    EXPECT_FALSE(is_open(replaced));
    EXPECT_EQ(c.get(), raw);
    EXPECT_TRUE(is_open(raw));
}

TEST(UniqueFd, ResetClosesTheOldOne) {
    UniqueFd fd(open_null());
    const int raw = fd.get();
    fd.reset();
    EXPECT_FALSE(is_open(raw));
    EXPECT_FALSE(fd);
}

} // namespace
} // namespace kfence
