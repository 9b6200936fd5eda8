// SPDX-License-Identifier: Apache-2.0
// How much of what the kernel allocates was sampled: distinct allocation stacks, and how many more there are.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "event/ids.h"
#include "model/history.h"
#include "model/snapshot.h"

namespace kfence {

class StackCoverage {
public:
    /// Stacks beyond `max_stacks` are no longer told apart.
    explicit StackCoverage(std::size_t max_stacks = 262'144) : max_stacks_(max_stacks) {}

    /// A sampled allocation; `stack` as AllocEvent::stack_hash, 0 is left out.
    void add(KernelNs time, std::uint64_t stack);

    [[nodiscard]] Coverage coverage() const;

private:
    static constexpr std::size_t kGrowthPoints = 360;
    static constexpr std::uint64_t kGrowthSpanNs = 365ULL * 86400 * 1'000'000'000; // all of it

    std::size_t max_stacks_;
    std::unordered_map<std::uint64_t, std::uint32_t> counts_;
    std::uint64_t allocs_ = 0;
    std::uint64_t once_ = 0;  ///< stacks that were seen once
    std::uint64_t twice_ = 0; ///< stacks that were seen twice
    bool is_full_ = false;
    std::optional<KernelNs> last_new_;
    History growth_{kGrowthPoints, kGrowthSpanNs};
};

/// Stacks that exist, by the bias-corrected estimator of A. Chao (Biometrics 43, 1987; Chao1): seen + f1 (f1 - 1) /
/// (2 (f2 + 1)), with f1 and f2 those that were seen once and twice. A lower bound: what is never reached while it is
/// watched is not in it.
[[nodiscard]] double chao1(std::uint64_t seen, std::uint64_t once, std::uint64_t twice) noexcept;

/// The chance that the next sample is from a stack that was not seen yet, by I. J. Good and A. Turing (Biometrika 40,
/// 1953): f1 / n. nullopt without samples.
[[nodiscard]] std::optional<double> good_turing(std::uint64_t samples, std::uint64_t once) noexcept;

} // namespace kfence
