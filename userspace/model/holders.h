// SPDX-License-Identifier: Apache-2.0
// Which allocation stacks and caches hold the occupied slots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/slots.h"
#include "model/snapshot.h"

namespace kfence {

struct Holders {
    std::vector<StackUse> top;         ///< most slots first, then the oldest
    std::uint64_t distinct_stacks = 0; ///< known stacks, whatever the cache
};

[[nodiscard]] Holders find_holders(const std::vector<SlotRecord>& records, std::uint32_t occupied, KernelNs now,
                                   std::size_t max_stacks);

/// The stacks that slots and reports refer to, as a set that is quick to ask.
class StackSet {
public:
    void add(StackId stack);
    [[nodiscard]] bool contains(StackId stack) const noexcept;

private:
    std::vector<bool> members_;
};

} // namespace kfence
