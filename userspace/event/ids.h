// SPDX-License-Identifier: Apache-2.0
// Small types that name things in a KFENCE pool.
#pragma once

#include <cstdint>

namespace kfence {

/// Index into the pool: the N of "kfence-#N" in the kernel's own messages.
using Slot = std::uint32_t;

/// Nanoseconds of the kernel's local_clock(), the clock of printk and of `kfence_track::ts_nsec`
/// (mm/kfence/core.c, 6.12). Every time in an event and in the model is one of these; nothing below the
/// tools reads a clock.
using KernelNs = std::uint64_t;

/// A cache name and a stack trace, interned in a Names table. Zero is "unknown".
enum class CacheId : std::uint32_t {};
enum class StackId : std::uint32_t {};

inline constexpr CacheId kNoCache{0};
inline constexpr StackId kNoStack{0};
inline constexpr Slot kNoSlot = 0xffffffffU;

} // namespace kfence
