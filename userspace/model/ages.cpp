// SPDX-License-Identifier: Apache-2.0
#include "model/ages.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace kfence {
namespace {

constexpr unsigned kFirstBits = 20;

} // namespace

std::vector<AgeBucket> age_buckets() {
    std::vector<AgeBucket> buckets(kAgeBuckets);
    for (std::size_t i = 0; i + 1 < kAgeBuckets; ++i) {
        buckets[i].le_ns = 1ULL << (kFirstBits + i);
    }
    buckets.back().le_ns = std::numeric_limits<std::uint64_t>::max();
    return buckets;
}

std::size_t age_bucket(std::uint64_t age_ns) noexcept {
    const auto bits = static_cast<unsigned>(std::bit_width(age_ns));
    return bits <= kFirstBits ? 0 : std::min<std::size_t>(bits - kFirstBits, kAgeBuckets - 1);
}

std::optional<std::uint64_t> percentile(std::span<std::uint64_t> values, double fraction) {
    if (values.empty()) {
        return std::nullopt;
    }
    const double rank = std::ceil(fraction * static_cast<double>(values.size()));
    const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::min(index, values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

void LifeHistogram::add(std::uint64_t ns) noexcept {
    ++buckets_[static_cast<std::size_t>(std::bit_width(ns))];
    ++count_;
}

void LifeHistogram::add(const LifeHistogram& other) noexcept {
    for (std::size_t b = 0; b < buckets_.size(); ++b) {
        buckets_[b] += other.buckets_[b];
    }
    count_ += other.count_;
}

std::optional<std::uint64_t> LifeHistogram::percentile(double fraction) const noexcept {
    if (count_ == 0) {
        return std::nullopt;
    }
    const double rank = fraction * static_cast<double>(count_);
    double before = 0;
    for (std::size_t b = 0; b < buckets_.size(); ++b) {
        const double here = buckets_[b];
        if (here > 0 && before + here >= rank) {
            const double low = b == 0 ? 0.0 : std::ldexp(1.0, static_cast<int>(b) - 1);
            const double high = b == 0 ? 0.0 : low * 2;
            const double value = low + (high - low) * std::max(rank - before, 0.0) / here;
            return value >= std::ldexp(1.0, 63) ? std::numeric_limits<std::uint64_t>::max()
                                                : static_cast<std::uint64_t>(value);
        }
        before += here;
    }
    return std::nullopt;
}

} // namespace kfence
