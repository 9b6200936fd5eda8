// SPDX-License-Identifier: Apache-2.0
#include "model/holders.h"

#include <algorithm>
#include <bit>

namespace kfence {
namespace {

/// Open addressing over (stack, cache): a snapshot of a full pool makes one of these, at once and without a
/// node per entry. Half empty at worst; slots of the table with count 0 are free.
class HolderTable {
public:
    explicit HolderTable(std::uint32_t occupied)
        : entries_(std::bit_ceil(std::size_t{occupied} * 2 + 2)), mask_(entries_.size() - 1) {}

    void add(StackId stack, CacheId cache, std::uint64_t age) {
        const std::uint64_t key =
            (std::uint64_t{static_cast<std::uint32_t>(stack)} << 32U) | static_cast<std::uint32_t>(cache);
        std::size_t at = static_cast<std::size_t>((key * 0x9e3779b97f4a7c15ULL) >> 20U) & mask_;
        while (entries_[at].count > 0 && (entries_[at].stack != stack || entries_[at].cache != cache)) {
            at = (at + 1) & mask_;
        }
        StackUse& use = entries_[at];
        use.stack = stack;
        use.cache = cache;
        ++use.count;
        use.oldest_ns = std::max(use.oldest_ns, age);
        use.held_ns += age;
    }

    std::vector<StackUse> take() {
        std::erase_if(entries_, [](const StackUse& use) { return use.count == 0; });
        return std::move(entries_);
    }

private:
    std::vector<StackUse> entries_;
    std::size_t mask_;
};

bool holds_more(const StackUse& a, const StackUse& b) noexcept {
    if (a.count != b.count) {
        return a.count > b.count;
    }
    if (a.oldest_ns != b.oldest_ns) {
        return a.oldest_ns > b.oldest_ns;
    }
    return a.stack != b.stack ? a.stack < b.stack : a.cache < b.cache;
}

} // namespace

void StackSet::add(StackId stack) {
    const auto index = static_cast<std::size_t>(stack);
    if (index >= members_.size()) {
        members_.resize(std::max(index + 1, members_.size() * 2));
    }
    members_[index] = true;
}

bool StackSet::contains(StackId stack) const noexcept {
    const auto index = static_cast<std::size_t>(stack);
    return index < members_.size() && members_[index];
}

Holders find_holders(const std::vector<SlotRecord>& records, std::uint32_t occupied, KernelNs now,
                     std::size_t max_stacks) {
    HolderTable table(occupied);
    StackSet seen;
    Holders holders;
    for (const SlotRecord& record : records) {
        if (!is_occupied(record.state)) {
            continue;
        }
        table.add(record.alloc_stack, record.cache, now > record.allocated_at ? now - record.allocated_at : 0);
        if (record.alloc_stack != kNoStack && !seen.contains(record.alloc_stack)) {
            seen.add(record.alloc_stack);
            ++holders.distinct_stacks;
        }
    }
    holders.top = table.take();
    const auto wanted = static_cast<std::ptrdiff_t>(std::min(max_stacks, holders.top.size()));
    std::partial_sort(holders.top.begin(), holders.top.begin() + wanted, holders.top.end(), holds_more);
    holders.top.resize(static_cast<std::size_t>(wanted));
    return holders;
}

} // namespace kfence
