// SPDX-License-Identifier: Apache-2.0
#include "view/format.h"

#include <limits>

#include <gtest/gtest.h>

namespace kfence {
namespace {

TEST(Format, Durations) {
    EXPECT_EQ(format_duration(0), "0 ms");
    EXPECT_EQ(format_duration(0.00001), "<0.1 ms");
    EXPECT_EQ(format_duration(0.0004), "0.4 ms");
    EXPECT_EQ(format_duration(0.21), "210 ms");
    EXPECT_EQ(format_duration(0.9994), "999 ms");
    EXPECT_EQ(format_duration(0.9996), "1 s");
    EXPECT_EQ(format_duration(1.3), "1.3 s");
    EXPECT_EQ(format_duration(7.14), "7.1 s");
    EXPECT_EQ(format_duration(9.96), "10 s");
    EXPECT_EQ(format_duration(12), "12 s");
    EXPECT_EQ(format_duration(59.6), "1 m");
    EXPECT_EQ(format_duration(41 * 60), "41 m");
    EXPECT_EQ(format_duration(41 * 60, Minutes::kSentence), "41 min");
    EXPECT_EQ(format_duration(2.1 * 3600), "2.1 h");
    EXPECT_EQ(format_duration(2 * 3600), "2 h");
    EXPECT_EQ(format_duration(3 * 86400), "3 d");
    EXPECT_EQ(format_duration(4000.0 * 86400), "4000 d");
}

TEST(Format, DurationsThatAreNone) {
    EXPECT_EQ(format_duration(std::numeric_limits<double>::quiet_NaN()), "-");
    EXPECT_EQ(format_duration(std::numeric_limits<double>::infinity()), "-");
    EXPECT_EQ(format_duration(-1), "-");
    EXPECT_EQ(format_age(std::nullopt), "-");
    EXPECT_EQ(format_age(210'000'000), "210 ms");
}

TEST(Format, Rates) {
    EXPECT_EQ(format_rate(std::nullopt), "-");
    EXPECT_EQ(format_rate(0.41), "0.41");
    EXPECT_EQ(format_rate(9.996), "10.0");
    EXPECT_EQ(format_rate(27.44), "27.4");
    EXPECT_EQ(format_rate(531.2), "531");
    EXPECT_EQ(format_rate(12'345), "12.3k");
    EXPECT_EQ(format_rate(4.1e6), "4.1M");
    EXPECT_EQ(format_per_second(10), "10.0/s");
    EXPECT_EQ(format_per_second(1234.5), "1234/s");
    EXPECT_EQ(format_per_second(std::nullopt), "-");
}

TEST(Format, CountsAndShares) {
    EXPECT_EQ(format_count(9'999'999), "9999999");
    EXPECT_EQ(format_count(12'345'678), "12.3M");
    EXPECT_EQ(format_count(UINT64_MAX), "18446744073.7G");
    EXPECT_EQ(format_share(0.239), "24 %");
    EXPECT_EQ(format_share_fine(0.041), "4.1 %");
}

TEST(Format, UptimeAndTime) {
    EXPECT_EQ(format_uptime(3 * 86400 + 4 * 3600 + 12 * 60 + 7), "up 3d 04:12");
    EXPECT_EQ(format_uptime(59), "up 00:00");
    EXPECT_EQ(format_time(1'795'360'283'123'999'999), "2026-11-22T15:11:23.123Z");
    EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999Z");
}

} // namespace
} // namespace kfence
