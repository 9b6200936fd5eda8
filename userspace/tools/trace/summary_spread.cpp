// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/summary_spread.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "model/ages.h"

namespace kfence {
namespace {

constexpr unsigned kPartBits = 4;
constexpr std::uint64_t kParts = 1ULL << kPartBits;

/// Values below kParts have a bucket each; above, the leading bit and the four after it choose one.
std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < kParts) {
        return static_cast<std::size_t>(value);
    }
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kPartBits - 1;
    return static_cast<std::size_t>((shift + 1) * kParts + (value >> shift) - kParts);
}

struct Bounds {
    std::uint64_t low;
    std::uint64_t width;
};

Bounds bounds_of(std::size_t bucket) noexcept {
    if (bucket < kParts) {
        return {.low = bucket, .width = 1};
    }
    const std::size_t shift = bucket / kParts - 1;
    return {.low = (kParts + bucket % kParts) << shift, .width = 1ULL << shift};
}

} // namespace

void Spread::add(std::uint64_t ns) {
    const std::size_t bucket = bucket_of(ns);
    if (count_ == 0) {
        first_ = bucket;
        least_ = ns;
        most_ = ns;
    }
    if (bucket < first_) {
        counts_.insert(counts_.begin(), first_ - bucket, 0);
        first_ = bucket;
    }
    if (bucket - first_ >= counts_.size()) {
        counts_.resize(bucket - first_ + 1);
    }
    ++counts_[bucket - first_];
    ++count_;
    least_ = std::min(least_, ns);
    most_ = std::max(most_, ns);
}

std::uint64_t Spread::at(double fraction) const {
    const double rank = std::max(std::ceil(fraction * static_cast<double>(count_)), 1.0);
    if (rank >= static_cast<double>(count_)) {
        return most_;
    }
    double before = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        const double here = counts_[i];
        if (here > 0 && before + here >= rank) {
            const Bounds bounds = bounds_of(first_ + i);
            const double within = static_cast<double>(bounds.width) * (rank - before - 0.5) / here;
            return std::clamp(bounds.low + static_cast<std::uint64_t>(within), least_, most_);
        }
        before += here;
    }
    return most_;
}

Percentiles Spread::percentiles() const {
    if (count_ == 0) {
        return {};
    }
    return {.count = count_, .p50 = at(0.5), .p90 = at(0.9), .p99 = at(0.99)};
}

Percentiles percentiles_of(std::vector<std::uint64_t>& values) {
    return {.count = values.size(),
            .p50 = percentile(values, 0.5),
            .p90 = percentile(values, 0.9),
            .p99 = percentile(values, 0.99)};
}

} // namespace kfence
