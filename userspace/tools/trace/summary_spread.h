// SPDX-License-Identifier: Apache-2.0
// How durations are spread, in little memory: percentiles that are off by 6 % at most.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace kfence {

/// Nanoseconds; nullopt while nothing was counted.
struct Percentiles {
    std::uint64_t count = 0;
    std::optional<std::uint64_t> p50;
    std::optional<std::uint64_t> p90;
    std::optional<std::uint64_t> p99;
};

/// Buckets of equal width, 16 to each power of two; only those between the least and the most are kept.
class Spread {
public:
    void add(std::uint64_t ns);
    [[nodiscard]] Percentiles percentiles() const;
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
    [[nodiscard]] std::uint64_t at(double fraction) const;

    std::vector<std::uint32_t> counts_;
    std::size_t first_ = 0; ///< bucket of counts_[0]
    std::uint64_t count_ = 0;
    std::uint64_t least_ = 0;
    std::uint64_t most_ = 0;
};

/// Exact ones. Reorders the values.
[[nodiscard]] Percentiles percentiles_of(std::vector<std::uint64_t>& values);

} // namespace kfence
