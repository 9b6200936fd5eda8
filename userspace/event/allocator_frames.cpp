// SPDX-License-Identifier: Apache-2.0
// get_stack_skipnr() of mm/kfence/report.c (6.12), for allocation and free stacks.
#include <array>

#include "event/names.h"

namespace kfence {

bool is_allocator_entry(std::string_view symbol) noexcept {
    constexpr std::array<std::string_view, 4> kPrefixes{"kfree", "kmem_cache_free", "__kmalloc", "kmem_cache_alloc"};
    for (const std::string_view prefix : kPrefixes) {
        if (symbol.starts_with(prefix)) {
            return true;
        }
    }
    return false;
}

bool is_allocator_internal(std::string_view symbol) noexcept {
    constexpr std::array<std::string_view, 3> kPrefixes{"kfence_", "__kfence_", "__kmem_cache_free"};
    for (const std::string_view prefix : kPrefixes) {
        if (symbol.starts_with(prefix)) {
            return true;
        }
    }
    // The kernel compares as many characters as the symbol has: strncmp(buf, "__slab_free", len).
    return std::string_view("__slab_free").starts_with(symbol);
}

std::size_t allocator_frames(std::span<const std::string_view> symbols) noexcept {
    std::size_t fallback = 0;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        if (is_allocator_internal(symbols[i])) {
            fallback = i + 1;
        }
        if (is_allocator_entry(symbols[i])) {
            return i + 1 < symbols.size() ? i + 1 : 0;
        }
    }
    return fallback < symbols.size() ? fallback : 0;
}

} // namespace kfence
