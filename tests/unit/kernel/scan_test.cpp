// SPDX-License-Identifier: Apache-2.0
#include "kernel/scan.h"

#include <gtest/gtest.h>

namespace kfence {
namespace {

TEST(Scan, TakesNumbersOffTheFront) {
    std::string_view text = "12 -3 ff";
    EXPECT_EQ(take_unsigned(text), 12U);
    EXPECT_TRUE(skip_prefix(text, " "));
    EXPECT_EQ(take_unsigned(text), std::nullopt);
    EXPECT_EQ(take_signed(text), -3);
    EXPECT_FALSE(skip_prefix(text, "x"));
    EXPECT_TRUE(skip_prefix(text, " "));
    EXPECT_EQ(take_hex(text), 0xffU);
    EXPECT_EQ(text, "");
}

TEST(Scan, SecondsHaveSixDigitsBehindThePoint) {
    std::string_view good = "12.000345s";
    EXPECT_EQ(take_seconds(good), 12'000'345'000U);
    EXPECT_EQ(good, "s");
    for (const std::string_view bad : {"12", "12.", "12.5", "12.0003456", "-1.000000", ".000000", "x",
                                       "99999999999999999999.000000", "18446744073.999999"}) {
        std::string_view text = bad;
        EXPECT_EQ(take_seconds(text), std::nullopt) << bad;
        EXPECT_EQ(text, bad);
    }
    std::string_view longest = "18446744071.999999";
    EXPECT_EQ(take_seconds(longest), 18'446'744'071'999'999'000U);
}

TEST(Scan, TakesUntilASeparatorOrTheEnd) {
    std::string_view text = "a b";
    EXPECT_EQ(take_until(text, ' '), "a");
    EXPECT_EQ(take_until(text, ' '), "b");
    EXPECT_EQ(take_until(text, ' '), "");
}

TEST(Scan, ParsesWholeNumbersOnly) {
    EXPECT_EQ(parse_unsigned("18446744073709551615"), 18446744073709551615U);
    for (const std::string_view bad : {"", " 1", "1 ", "+1", "-1", "0x1", "18446744073709551616"}) {
        EXPECT_EQ(parse_unsigned(bad), std::nullopt) << bad;
    }
}

TEST(Scan, TrimsBothEnds) {
    EXPECT_EQ(trimmed(" \ta b\r\n"), "a b");
    EXPECT_EQ(trimmed(" \n"), "");
}

} // namespace
} // namespace kfence
