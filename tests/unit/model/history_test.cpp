// SPDX-License-Identifier: Apache-2.0
#include "model/history.h"

#include <gtest/gtest.h>

#include "support.h"

namespace kfence {
namespace {

using namespace test;

constexpr std::uint64_t kHour = 3600 * kSecond;

TEST(History, KeepsEveryPointWhileThereIsRoom) {
    History history(720, kHour);
    for (KernelNs t = 1; t <= 700; ++t) {
        history.add(t * kSecond, static_cast<std::uint32_t>(t));
    }
    ASSERT_EQ(history.points().size(), 700U);
    EXPECT_EQ(history.points()[41].time, 42 * kSecond);
    EXPECT_EQ(history.points()[41].allocated, 42U);
}

TEST(History, IsBoundedForADay) {
    History history(720, kHour);
    for (KernelNs t = 1; t <= 86'400; ++t) {
        history.add(t * kSecond, static_cast<std::uint32_t>(t % 200));
        ASSERT_LE(history.points().size(), 720U);
    }
    const auto& points = history.points();
    EXPECT_EQ(points.back().time, 86'400 * kSecond);
    EXPECT_LE(points.back().time - points.front().time, kHour);
    EXPECT_GE(points.back().time - points.front().time, kHour - 20 * kSecond);
    EXPECT_GT(points.size(), 300U);
    for (std::size_t i = 1; i < points.size(); ++i) {
        ASSERT_LT(points[i - 1].time, points[i].time);
        ASSERT_LE(points[i].time - points[i - 1].time, 30 * kSecond);
    }
}

TEST(History, TheNewestPointIsAlwaysThere) {
    History history(4, kHour);
    for (KernelNs t = 1; t <= 1000; ++t) {
        history.add(t * kSecond, static_cast<std::uint32_t>(t));
        ASSERT_EQ(history.points().back().time, t * kSecond);
        ASSERT_EQ(history.points().back().allocated, t);
        ASSERT_LE(history.points().size(), 4U);
    }
}

TEST(History, TimeThatStandsStillReplacesThePoint) {
    History history(10, kHour);
    history.add(kSecond, 1);
    history.add(kSecond, 2);
    ASSERT_EQ(history.points().size(), 1U);
    EXPECT_EQ(history.points()[0].allocated, 2U);
}

TEST(History, GetsAPointPerTick) {
    PoolModel model;
    model.tick(kSecond); // no pool yet
    feed(model, {walked(8), alloc(1, 0)});
    model.tick(2 * kSecond);
    feed(model, {alloc(2, 1)});
    model.tick(3 * kSecond);
    const Snapshot s = model.snapshot();
    ASSERT_EQ(s.history.size(), 2U);
    EXPECT_EQ(s.history[0].allocated, 1U);
    EXPECT_EQ(s.history[1].time, 3 * kSecond);
    EXPECT_EQ(s.history[1].allocated, 2U);
}

std::vector<HistoryPoint> line(std::size_t count, std::uint64_t step, double per_point, std::uint32_t from) {
    std::vector<HistoryPoint> points;
    for (std::size_t i = 0; i < count; ++i) {
        points.push_back({.time = kSecond + i * step,
                          .allocated = from + static_cast<std::uint32_t>(per_point * static_cast<double>(i))});
    }
    return points;
}

TEST(Forecast, FollowsASteadyGrowth) {
    const auto points = line(61, kSecond, 2, 10); // 130 now, 2 per second
    EXPECT_NEAR(forecast_full(points, 250).value_or(0), 60.0, 0.01);
}

TEST(Forecast, NeedsFivePointsAndTenSeconds) {
    EXPECT_FALSE(forecast_full({}, 255).has_value());
    EXPECT_FALSE(forecast_full(line(4, 10 * kSecond, 2, 10), 255).has_value());
    EXPECT_FALSE(forecast_full(line(20, kSecond / 10, 2, 10), 255).has_value());
    EXPECT_TRUE(forecast_full(line(5, 3 * kSecond, 2, 10), 255).has_value());
}

TEST(Forecast, NoneWhenThePoolDoesNotFill) {
    EXPECT_FALSE(forecast_full(line(60, kSecond, 0, 100), 255).has_value());
    auto falling = line(60, kSecond, 1, 100);
    for (HistoryPoint& p : falling) {
        p.allocated = 200 - p.allocated;
    }
    EXPECT_FALSE(forecast_full(falling, 255).has_value());
    EXPECT_FALSE(forecast_full(line(60, kSecond, 1, 196), 255).has_value()) << "it is full";
}

TEST(Forecast, NoneForNoise) {
    std::vector<HistoryPoint> points;
    const std::array<std::uint32_t, 6> noise{100, 104, 97, 103, 99, 101};
    for (std::size_t i = 0; i < 60; ++i) {
        points.push_back({.time = kSecond + i * kSecond, .allocated = noise[i % noise.size()]});
    }
    EXPECT_FALSE(forecast_full(points, 255).has_value());
}

TEST(Forecast, LooksAtTheLastTenMinutesOnly) {
    auto points = line(1200, kSecond, 0.1, 0);  // grew for 20 minutes
    for (std::size_t i = 1200; i < 1810; ++i) { // then stood still
        points.push_back({.time = kSecond + i * kSecond, .allocated = points[1199].allocated});
    }
    EXPECT_FALSE(forecast_full(points, 255).has_value());
}

} // namespace
} // namespace kfence
