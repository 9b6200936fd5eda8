// SPDX-License-Identifier: Apache-2.0
#include "tools/common/moment.h"

#include <gtest/gtest.h>

namespace kfence {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBegin = 1'700'000'000 * kSecond; // 2023-11-14T22:13:20Z
constexpr std::int64_t kEnd = kBegin + 3600 * kSecond;

std::int64_t resolve(std::string_view text) {
    const auto moment = parse_moment("--since", text);
    EXPECT_TRUE(moment) << text;
    return moment ? (resolve_moment(*moment, kBegin, kEnd) - kBegin) / kSecond : -1;
}

TEST(Moment, AsPeopleWriteIt) {
    EXPECT_EQ(resolve("+90s"), 90);
    EXPECT_EQ(resolve("+1.5m"), 90);
    EXPECT_EQ(resolve("-10m"), 3000);
    EXPECT_EQ(resolve("2023-11-14 22:14"), 40);
    EXPECT_EQ(resolve("2023-11-14T22:14:20Z"), 60);
    EXPECT_EQ(resolve("2023-11-14T23:14:20+01:00"), 60);
}

TEST(Moment, OutsideIsTheNearestEnd) {
    EXPECT_EQ(resolve("+9d"), 3600);
    EXPECT_EQ(resolve("-9d"), 0);
    EXPECT_EQ(resolve("2020-01-01"), 0);
    EXPECT_EQ(resolve("2030-01-01"), 3600);
}

TEST(Moment, NonsenseIsRefusedByName) {
    for (const char* text :
         {"", "+", "90", "+90x", "-inf", "2023-13-01", "2023-02-30", "22:13", "2023-11-14T25:00", "x"}) {
        const auto moment = parse_moment("--since", text);
        ASSERT_FALSE(moment) << text;
        EXPECT_EQ(moment.error().kind, ErrorKind::kUsage);
        EXPECT_TRUE(moment.error().message.starts_with("--since"));
    }
}

} // namespace
} // namespace kfence
