// SPDX-License-Identifier: Apache-2.0
// Stacks that are the same to a reader: the same functions, whatever the offsets and what the compiler added to their
// names. So the stacks of two kernels can be compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/names.h"

namespace kfence {

/// "f" of "f.isra.0+0x1/0x2 [m]".
[[nodiscard]] std::string_view function_of(std::string_view frame) noexcept;

class SymbolStacks {
public:
    /// `names` must live as long; nothing may be forgotten from it.
    explicit SymbolStacks(const Names& names) : names_(&names) {}

    /// The group of a stack: groups are numbered from 0 on. Frames of the allocator do not count.
    std::uint32_t group(StackId stack);
    /// One stack of the group.
    [[nodiscard]] StackId stack(std::uint32_t group) const { return first_.at(group); }
    [[nodiscard]] const Names& names() const noexcept { return *names_; }

private:
    std::uint32_t function(std::uint32_t frame, std::string_view text);

    const Names* names_;
    std::unordered_map<std::string, std::uint32_t> functions_;
    std::vector<std::optional<std::uint32_t>> by_frame_;
    std::unordered_map<std::u32string, std::uint32_t> groups_;
    std::vector<std::optional<std::uint32_t>> by_stack_;
    std::vector<StackId> first_;
};

/// What the summaries of one or two files share.
struct SummaryNames {
    Names names;
    SymbolStacks stacks{names};

    SummaryNames() = default;
    SummaryNames(const SummaryNames&) = delete;
    SummaryNames& operator=(const SummaryNames&) = delete;
};

} // namespace kfence
