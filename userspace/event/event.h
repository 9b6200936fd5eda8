// SPDX-License-Identifier: Apache-2.0
// What happened to a KFENCE pool. Past the decoder nobody knows whether an event is live, replayed or
// simulated.
//
// An object (one life of a slot) is identified by its slot and the time of its allocation; a free names
// the allocation it ends, so events and walks of the kernel's metadata can be merged in any order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "event/ids.h"

namespace kfence {

/// Who did it. For objects that are older than the tool only `pid` is known.
struct Task {
    std::int32_t pid = 0;        ///< thread id in the initial pid namespace
    std::int32_t tgid = 0;       ///< process id; 0 when unknown
    std::uint64_t cgroup = 0;    ///< cgroup v2 id; 0 when unknown
    std::array<char, 16> comm{}; ///< NUL-padded, hostile bytes possible; empty when unknown
    std::int16_t cpu = -1;       ///< -1 when unknown
    std::uint32_t pid_ns = 0;    ///< inode of its pid namespace, as in /proc/PID/ns/pid; 0 when unknown
};

/// An allocation was served from the pool.
struct AllocEvent {
    KernelNs time = 0; ///< KFENCE's own time stamp of the allocation
    Slot slot = kNoSlot;
    std::uint32_t size = 0; ///< bytes asked for
    CacheId cache = kNoCache;
    StackId stack = kNoStack;
    Task task;
    std::uint64_t stack_hash = 0; ///< Names::stack_hash(): ids of stacks may be given to others; 0: unknown
};

/// The object was freed for good: its slot went to the freelist (or, in a zombie, will never).
struct FreeEvent {
    KernelNs time = 0;
    KernelNs allocated_at = 0; ///< identifies the object that ends
    Slot slot = kNoSlot;
    StackId stack = kNoStack; ///< kNoStack where the backend cannot see it
    Task task;
    bool rcu_deferred = false; ///< a SLAB_TYPESAFE_BY_RCU object, released after its grace period
};

/// A SLAB_TYPESAFE_BY_RCU object was freed by its owner, and waits for a grace period: still occupied.
struct RcuFreeingEvent {
    KernelNs time = 0;
    KernelNs allocated_at = 0;
    Slot slot = kNoSlot;
    StackId stack = kNoStack;
    Task task;
};

/// The cache of a live object was destroyed: the slot is lost for good. The FreeEvent of the same object
/// may follow; the slot stays occupied all the same.
struct ZombieEvent {
    KernelNs time = 0;
    KernelNs allocated_at = 0;
    Slot slot = kNoSlot;
};

/// Why an allocation that reached KFENCE was not served. kUnknown where a backend cannot tell.
enum class SkipReason : std::uint8_t {
    kUnknown,
    kIncompatible, ///< larger than a page, a DMA zone, __GFP_THISNODE; the sample is not consumed
    kCache,        ///< skip_kfence is set on the cache; the sample is not consumed
    kBusy,         ///< somebody else took the gate, or the slot's lock was taken
    kDisabled,     ///< KFENCE is off
    kCovered,      ///< its stack is in the pool already; consumes the sample
    kCapacity,     ///< the pool is full; consumes the sample
    kQuota,        ///< (patched kernels) the cache reached its quota
};
inline constexpr std::size_t kSkipReasonCount = 8;
[[nodiscard]] std::string_view to_string(SkipReason reason) noexcept;

struct SkipEvent {
    KernelNs time = 0;
    CacheId cache = kNoCache;
    std::uint32_t size = 0;
    SkipReason reason = SkipReason::kUnknown;
    std::uint32_t count = 1; ///< more than one when a source only counts this reason; then without a cache
};

/// The order is that of the kernel's enum kfence_error_type (mm/kfence/kfence.h).
enum class ReportType : std::uint8_t { kOutOfBounds, kUseAfterFree, kCorruption, kInvalid, kInvalidFree };
inline constexpr std::size_t kReportTypeCount = 5;
/// "out-of-bounds", "use-after-free", "memory corruption", "invalid access", "invalid free"
[[nodiscard]] std::string_view to_string(ReportType type) noexcept;

enum class Access : std::uint8_t { kNone, kRead, kWrite };
/// "", "read", "write"
[[nodiscard]] std::string_view to_string(Access access) noexcept;

/// KFENCE found a bug.
struct ReportEvent {
    KernelNs time = 0;
    ReportType type = ReportType::kInvalid;
    Access access = Access::kNone; ///< kNone for corruptions and invalid frees
    Slot slot = kNoSlot;           ///< kNoSlot when the kernel knows no object
    CacheId cache = kNoCache;
    std::uint32_t size = 0;  ///< of the object, bytes
    std::int64_t offset = 0; ///< faulting address minus start of the object, bytes
    KernelNs allocated_at = 0;
    KernelNs freed_at = 0; ///< 0 when the object was live
    StackId access_stack = kNoStack;
    StackId alloc_stack = kNoStack;
    StackId free_stack = kNoStack;
    Task task;       ///< who made the access
    Task alloc_task; ///< pid and cpu only
    Task free_task;  ///< pid and cpu only
};

/// kBusy only in a SlotEvent: somebody changed the slot each time it was read.
enum class SlotState : std::uint8_t { kUnused, kAllocated, kRcuFreeing, kFreed, kZombie, kBusy };
[[nodiscard]] std::string_view to_string(SlotState state) noexcept;

/// One slot as it was read from the kernel's metadata, by a walk or from debugfs `objects`. Of a busy slot only the
/// number is known.
struct SlotEvent {
    KernelNs time = 0; ///< when it was read
    Slot slot = kNoSlot;
    SlotState state = SlotState::kUnused;
    std::uint32_t size = 0;
    CacheId cache = kNoCache; ///< kNoCache when the cache was destroyed
    KernelNs allocated_at = 0;
    KernelNs freed_at = 0;
    StackId alloc_stack = kNoStack;
    StackId free_stack = kNoStack;
    Task task; ///< pid and cpu of the allocation
};

/// All slots have been delivered as SlotEvents since the last WalkEvent.
struct WalkEvent {
    KernelNs time = 0;
    std::uint32_t objects = 0; ///< size of the pool
};

/// The kernel's own counters (debugfs kfence/stats; mm/kfence/core.c counter_names). nullopt: this kernel
/// does not have that line.
struct CountersEvent {
    KernelNs time = 0;
    bool enabled = false;
    std::uint64_t allocated = 0; ///< "currently allocated", zombies included
    std::uint64_t allocs = 0;
    std::uint64_t frees = 0;
    std::uint64_t zombies = 0;
    std::uint64_t bugs = 0;
    std::optional<std::uint64_t> skip_incompatible;
    std::optional<std::uint64_t> skip_capacity;
    std::optional<std::uint64_t> skip_covered;
    std::optional<std::uint64_t> skip_quota = std::nullopt; ///< kernels with kernel-patches/
};

/// The knobs (/sys/module/kfence/parameters). nullopt: this kernel does not have it, or it is not readable.
struct SettingsEvent {
    KernelNs time = 0;
    std::optional<std::uint64_t> sample_interval_ms; ///< 0: off
    std::optional<std::uint64_t> skip_covered_thresh;
    std::optional<std::uint64_t> burst;
    std::optional<bool> deferrable;
    /// KFENCE turned itself off after an internal warning (`disabled_by_warn` of mm/kfence/core.c). No file tells:
    /// the interval reads 0 either way. nullopt where the backend cannot read the variable.
    std::optional<bool> disabled_by_warn = std::nullopt;
};

/// The skip_kfence flag of one cache (/sys/kernel/slab/<cache>/skip_kfence) is now `skip`. Sent for the
/// caches where it is set, and when it changes.
struct CacheSkipEvent {
    KernelNs time = 0;
    CacheId cache = kNoCache;
    bool skip = false;
};

/// Why events are missing.
enum class LossCause : std::uint8_t {
    kRingFull,    ///< no room in the event ring
    kReportsFull, ///< no room in the report ring
    kRecursion,   ///< the kernel skipped the program: it ran on this CPU already
    kProbeMissed, ///< a kprobe or kretprobe had no instance left
    kUndecodable, ///< a record that this tool does not understand
    kWalk,        ///< a walk of the metadata could not be completed
};
inline constexpr std::size_t kLossCauseCount = 6;
/// "ring_full", "reports_full", "recursion", "probe_missed", "undecodable", "walk"
[[nodiscard]] std::string_view to_string(LossCause cause) noexcept;

struct LossEvent {
    KernelNs time = 0;
    LossCause cause = LossCause::kRingFull;
    std::uint64_t count = 0; ///< since the last LossEvent of this cause
};

using Event = std::variant<AllocEvent, FreeEvent, RcuFreeingEvent, ZombieEvent, SkipEvent, ReportEvent, SlotEvent,
                           WalkEvent, CountersEvent, SettingsEvent, CacheSkipEvent, LossEvent>;
using EventBatch = std::vector<Event>;

} // namespace kfence
