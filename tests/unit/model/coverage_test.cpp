// SPDX-License-Identifier: Apache-2.0
#include "model/coverage.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "event/names.h"

namespace kfence {
namespace {

TEST(CoverageTest, CountsDistinctStacks) {
    StackCoverage coverage;
    EXPECT_EQ(coverage.coverage().distinct, 0U);
    EXPECT_EQ(coverage.coverage().chance_of_new, std::nullopt);
    KernelNs time = 0;
    for (const std::uint64_t stack : {1U, 2U, 2U, 3U, 3U, 3U, 4U, 0U}) {
        coverage.add(++time, stack);
    }
    const Coverage c = coverage.coverage();
    EXPECT_EQ(c.allocs, 7U);
    EXPECT_EQ(c.distinct, 4U);
    EXPECT_EQ(c.once, 2U);
    EXPECT_EQ(c.twice, 1U);
    EXPECT_DOUBLE_EQ(c.estimated, 4 + 2.0 * 1 / (2 * 2));
    EXPECT_DOUBLE_EQ(c.chance_of_new.value_or(0), 2.0 / 7);
    EXPECT_EQ(c.last_new, 7U);
    ASSERT_FALSE(c.growth.empty());
    EXPECT_EQ(c.growth.back().allocated, 4U);
}

TEST(CoverageTest, IsBounded) {
    StackCoverage coverage(10);
    for (std::uint64_t stack = 1; stack <= 100; ++stack) {
        coverage.add(stack, stack);
    }
    EXPECT_EQ(coverage.coverage().distinct, 10U);
    EXPECT_TRUE(coverage.coverage().is_full);
    StackCoverage long_one;
    for (std::uint64_t stack = 1; stack <= 20'000; ++stack) {
        long_one.add(stack * 1'000'000'000, stack);
    }
    EXPECT_LE(long_one.coverage().growth.size(), 360U);
    EXPECT_EQ(long_one.coverage().growth.back().allocated, 20'000U);
}

/// What Chao1 says after part of a known population was seen: never more than there is by far, and nearer than the
/// count.
TEST(CoverageTest, TheEstimateIsNearerThanTheCount) {
    std::mt19937_64 random(7);
    for (const double skew : {0.0, 0.5, 1.0}) {
        constexpr std::size_t kStacks = 1000;
        std::vector<double> weights;
        for (std::size_t i = 1; i <= kStacks; ++i) {
            weights.push_back(std::pow(static_cast<double>(i), -skew));
        }
        std::discrete_distribution<std::uint64_t> draw(weights.begin(), weights.end());
        StackCoverage coverage;
        for (KernelNs time = 1; time <= 1500; ++time) {
            coverage.add(time, draw(random) + 1);
        }
        const Coverage c = coverage.coverage();
        EXPECT_GT(c.estimated, static_cast<double>(c.distinct)) << skew;
        EXPECT_LT(c.estimated, kStacks * 1.1) << skew;
        EXPECT_LT(kStacks - c.estimated, (kStacks - static_cast<double>(c.distinct)) * 0.7) << skew;
    }
}

TEST(CoverageTest, AStackHasOneHashWhateverItsIdIs) {
    Names names;
    const auto resolve = [](std::uint64_t address) { return std::to_string(address); };
    const std::vector<std::uint64_t> one{1, 2};
    const std::vector<std::uint64_t> other{2, 1};
    const StackId before = names.stack(one, resolve);
    const std::uint64_t hash = names.stack_hash(before);
    EXPECT_NE(hash, 0U);
    EXPECT_NE(names.stack_hash(names.stack(other, resolve)), hash);
    names.forget_stacks([](StackId) { return false; });
    EXPECT_NE(names.stack_hash(names.stack(other, resolve)), hash);
    EXPECT_EQ(names.stack_hash(names.stack(one, resolve)), hash);
    EXPECT_EQ(names.stack_hash(kNoStack), 0U);
}

} // namespace
} // namespace kfence
