// SPDX-License-Identifier: Apache-2.0
// The objects of a recording, put together from its rows: which are in the pool, and what became of the others.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "store/trace_cursor.h"

namespace kfence {

struct TracedObject {
    std::int64_t machine = 1;
    std::int64_t object = 0;
    Slot slot = kNoSlot;
    /// kFreed with `freed_at` 0: its slot was used again, and its end is not in the recording.
    SlotState state = SlotState::kAllocated;
    CacheId cache = kNoCache; ///< kNoCache: not known, or destroyed
    std::uint32_t size = 0;
    KernelNs allocated_at = 0;
    KernelNs freed_at = 0;    ///< 0: it is there, or that is not known
    KernelNs gone_before = 0; ///< where the end is not known: it had ended by then
    StackId stack = kNoStack;
    StackId free_stack = kNoStack;
    Task task;
};

/// Bounded by the pools: an object that ended is handed out and forgotten.
class TracedObjects {
public:
    /// Takes a row in. The object that it is about, as it is with it; nullptr when there is none or it is not known.
    /// Valid until the next call.
    const TracedObject* apply(const TraceRecord& record);

    /// Those that ended with the last apply(), in that order; to be taken, and cleared.
    [[nodiscard]] std::vector<TracedObject>& ended() noexcept { return ended_; }

    /// Objects in the pool of a machine.
    [[nodiscard]] std::uint64_t held(std::int64_t machine) const;

    /// At the end of the recording: moves what is in the pool to `live`, by machine and slot, and all others to
    /// ended().
    void finish(std::vector<TracedObject>& live);

    /// The stacks that it still refers to.
    void add_stacks(std::unordered_set<StackId>& stacks) const;

private:
    using Key = std::uint64_t;
    static Key key(std::int64_t machine, Slot slot) noexcept { return static_cast<Key>(machine) << 32U | slot; }

    const TracedObject* begin(const TraceRecord& record, const AllocEvent& event);
    const TracedObject* end(const TraceRecord& record, const FreeEvent& event);
    const TracedObject* freeing(const TraceRecord& record, const RcuFreeingEvent& event);
    const TracedObject* zombie(const TraceRecord& record, const ZombieEvent& event);
    const TracedObject* found(const TraceRecord& record, const SlotEvent& event);
    const TracedObject* found_end(const TraceRecord& record, const SlotEvent& event);
    const TracedObject* apply_event(const TraceRecord& record);

    TracedObject* find(std::int64_t machine, Slot slot, std::int64_t object);
    void wait(TracedObject object);
    void hand_out(TracedObject object, KernelNs gone_before);
    void remove(const TracedObject& object);

    std::unordered_map<Key, TracedObject> slots_;
    /// A walk saw a later object of their slot; their end may still come.
    std::deque<TracedObject> waiting_;
    std::vector<TracedObject> ended_;
    std::vector<std::uint64_t> held_; ///< by machine
};

} // namespace kfence
