// SPDX-License-Identifier: Apache-2.0
// Ages and lifetimes: buckets of powers of two, and percentiles.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/snapshot.h"

namespace kfence {

/// Buckets of le = 2^20 ns (about 1 ms) * 2^k, up to 2^50 ns (about 13 days), and the rest.
inline constexpr std::size_t kAgeBuckets = 32;

/// All buckets, empty.
[[nodiscard]] std::vector<AgeBucket> age_buckets();
/// The index of the bucket that an age belongs to.
[[nodiscard]] std::size_t age_bucket(std::uint64_t age_ns) noexcept;

/// The smallest value that at least `fraction` (0..1) of the values do not exceed. Reorders the values.
[[nodiscard]] std::optional<std::uint64_t> percentile(std::span<std::uint64_t> values, double fraction);

/// Lifetimes of ended objects: bucket b counts those in [2^(b-1), 2^b) ns, bucket 0 those of 0 ns.
class LifeHistogram {
public:
    void add(std::uint64_t ns) noexcept;
    void add(const LifeHistogram& other) noexcept;
    /// Linear within the bucket that it falls in; nullopt while nothing was counted.
    [[nodiscard]] std::optional<std::uint64_t> percentile(double fraction) const noexcept;

private:
    std::array<std::uint32_t, 65> buckets_{};
    std::uint64_t count_ = 0;
};

} // namespace kfence
