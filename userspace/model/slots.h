// SPDX-License-Identifier: Apache-2.0
// The slots of the pool: which object each one holds, merged from the event stream and from walks of the
// kernel's metadata. The rules are in docs/model.md.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "event/event.h"
#include "model/caches.h"

namespace kfence {

/// CONFIG_KFENCE_NUM_OBJECTS is at most 65535 (lib/Kconfig.kfence, 6.12).
inline constexpr std::uint32_t kMaxObjects = 65535;

/// The object that a slot holds, or held last.
struct SlotRecord {
    KernelNs allocated_at = 0; ///< 0: unknown
    KernelNs freed_at = 0;
    Task task;
    std::uint32_t size = 0;
    CacheId cache = kNoCache; ///< kNoCache once it was destroyed
    CacheId birth = kNoCache; ///< the cache it was counted for
    StackId alloc_stack = kNoStack;
    StackId free_stack = kNoStack;
    std::uint32_t touched = 0;   ///< walk number in which the last event of this slot came
    std::uint32_t mentioned = 0; ///< walk number in which the last SlotEvent of this slot came
    SlotState state = SlotState::kUnused;
    bool alloc_counted = false;   ///< its AllocEvent came
    bool free_counted = false;    ///< its FreeEvent came
    bool zombie_by_event = false; ///< its ZombieEvent came; otherwise only a walk said so
};

[[nodiscard]] constexpr bool is_occupied(SlotState state) noexcept {
    return state == SlotState::kAllocated || state == SlotState::kRcuFreeing || state == SlotState::kZombie;
}

class SlotTable {
public:
    struct Totals {
        std::uint64_t allocs = 0;        ///< objects whose AllocEvent came
        std::uint64_t frees = 0;         ///< objects whose FreeEvent came and that left the pool
        std::uint64_t missed_frees = 0;  ///< objects that ended without an event
        std::uint64_t ignored_frees = 0; ///< FreeEvents of objects that were free already
    };

    /// Counts per cache go to `caches`, which must outlive the table. `sees_zombies` as in ModelOptions.
    SlotTable(CacheTable& caches, bool sees_zombies) noexcept : caches_(&caches), sees_zombies_(sees_zombies) {}

    void apply(const AllocEvent& event);
    void apply(const FreeEvent& event);
    void apply(const RcuFreeingEvent& event);
    void apply(const ZombieEvent& event);
    void apply(const SlotEvent& event);
    void apply(const WalkEvent& event);

    [[nodiscard]] const std::vector<SlotRecord>& records() const noexcept { return records_; }
    [[nodiscard]] const Totals& totals() const noexcept { return totals_; }
    [[nodiscard]] std::uint32_t occupied() const noexcept { return occupied_; }
    [[nodiscard]] std::uint32_t zombies() const noexcept { return zombies_; }
    [[nodiscard]] std::uint32_t rcu_freeing() const noexcept { return rcu_freeing_; }
    /// Size of the pool as the last walk found it.
    [[nodiscard]] std::uint32_t objects() const noexcept { return objects_; }

    /// True when events contradicted each other since the last WalkEvent, so one must be missing, or when that walk
    /// could not read every slot.
    [[nodiscard]] bool doubtful() const noexcept { return doubtful_; }

    /// Sets the entries of all caches that are referred to, by their ids; there is one for each in the table of caches.
    void mark_caches(std::vector<bool>& used) const;

    /// Median time from a free to the next allocation of the slot, over the last reuses.
    [[nodiscard]] std::optional<std::uint64_t> median_reuse_ns() const;

private:
    /// The object that the stream speaks of while a walk has brought a later one into the slot already.
    struct Past {
        KernelNs allocated_at = 0;
        CacheId birth = kNoCache;
        bool ended = false; ///< its free was counted
    };

    SlotRecord* find(Slot slot);
    void set_state(SlotRecord& record, SlotState state);
    void set_cache(SlotRecord& record, CacheId cache);
    void start(SlotRecord& record, SlotState state, KernelNs allocated_at, CacheId cache);
    void count_free(CacheId birth, KernelNs allocated_at, KernelNs freed_at);
    void missed_free(const SlotRecord& record);
    void add_reuse(std::uint64_t ns);
    void free_held(SlotRecord& record, const FreeEvent& event);
    void free_unheld(SlotRecord& record, const FreeEvent& event);
    bool free_past(const FreeEvent& event);
    void leave_to_past(Slot slot, const SlotRecord& record);
    void walk_live(SlotRecord& record, const SlotEvent& event);
    void walk_freed(SlotRecord& record, const SlotEvent& event);
    void walk_zombie(SlotRecord& record, const SlotEvent& event);
    void walk_new(SlotRecord& record, const SlotEvent& event);
    void fill_from_walk(SlotRecord& record, const SlotEvent& event);

    CacheTable* caches_;
    bool sees_zombies_;
    std::vector<SlotRecord> records_;
    std::unordered_map<Slot, Past> past_;
    Totals totals_;
    std::uint32_t occupied_ = 0;
    std::uint32_t zombies_ = 0;
    std::uint32_t rcu_freeing_ = 0;
    std::uint32_t objects_ = 0;
    std::uint32_t walk_ = 1; ///< number of the walk that is under way or comes next
    bool doubtful_ = false;
    bool busy_ = false;                 ///< the walk that is under way met a slot that it could not read
    std::vector<std::uint64_t> reuses_; ///< the last ones, as a ring
    std::size_t next_reuse_ = 0;
};

} // namespace kfence
