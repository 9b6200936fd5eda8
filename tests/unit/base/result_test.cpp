// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace kfence {
namespace {

TEST(Result, ContextGoesInFront) {
    const Result<int> inner = fail(ErrorKind::kUnsupported, "no BTF");
    const Result<int> outer = with_context(inner.error(), "fentry");
    ASSERT_FALSE(outer);
    EXPECT_EQ(outer.error().message, "fentry: no BTF");
    EXPECT_EQ(outer.error().exit_code(), 3);
}

TEST(Result, ErrnoIsSpelledOut) {
    const Result<void> r = fail_errno(ErrorKind::kFailed, ENOENT, "stats");
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error().message, "stats: No such file or directory");
}

TEST(Result, KindsAreTheExitCodes) {
    EXPECT_EQ((Error{.kind = ErrorKind::kFailed, .message = ""}.exit_code()), 1);
    EXPECT_EQ((Error{.kind = ErrorKind::kUsage, .message = ""}.exit_code()), 2);
    EXPECT_EQ((Error{.kind = ErrorKind::kUnsupported, .message = ""}.exit_code()), 3);
    EXPECT_EQ((Error{.kind = ErrorKind::kLoss, .message = ""}.exit_code()), 4);
}

} // namespace
} // namespace kfence
