// SPDX-License-Identifier: Apache-2.0
#include "model/coverage.h"

#include <limits>

namespace kfence {

void StackCoverage::add(KernelNs time, std::uint64_t stack) {
    if (stack == 0) {
        return;
    }
    ++allocs_;
    auto known = counts_.find(stack);
    if (known == counts_.end()) {
        if (counts_.size() >= max_stacks_) {
            is_full_ = true;
            return;
        }
        counts_.emplace(stack, 1);
        ++once_;
        last_new_ = time;
        growth_.add(time, static_cast<std::uint32_t>(counts_.size()));
        return;
    }
    std::uint32_t& count = known->second;
    if (count == std::numeric_limits<std::uint32_t>::max()) {
        return;
    }
    ++count;
    once_ -= count == 2 ? 1 : 0;
    twice_ += count == 2 ? 1 : 0;
    twice_ -= count == 3 ? 1 : 0;
}

Coverage StackCoverage::coverage() const {
    return {.allocs = allocs_,
            .distinct = counts_.size(),
            .once = once_,
            .twice = twice_,
            .estimated = chao1(counts_.size(), once_, twice_),
            .chance_of_new = good_turing(allocs_, once_),
            .is_full = is_full_,
            .last_new = last_new_,
            .growth = growth_.points()};
}

double chao1(std::uint64_t seen, std::uint64_t once, std::uint64_t twice) noexcept {
    const auto f1 = static_cast<double>(once);
    const auto f2 = static_cast<double>(twice);
    return static_cast<double>(seen) + f1 * (f1 - 1) / (2 * (f2 + 1));
}

std::optional<double> good_turing(std::uint64_t samples, std::uint64_t once) noexcept {
    return samples == 0 ? std::nullopt : std::optional(static_cast<double>(once) / static_cast<double>(samples));
}

} // namespace kfence
