// SPDX-License-Identifier: Apache-2.0
// Follows the objects of one machine through a recording: who held slots, for how long, and until when they stayed
// free. What came before the window is followed too, so that the pool is right when it begins.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "store/trace_cursor.h"
#include "tools/trace/summary.h"
#include "tools/trace/summary_holders.h"
#include "tools/trace/summary_occupancy.h"
#include "tools/trace/summary_selection.h"

namespace kfence {

class SlotBook {
public:
    /// `selector` and `stacks` must live as long.
    SlotBook(const Window& window, Selector& selector, SymbolStacks& stacks);

    // Errors are those of the file. What is later than the window changes nothing.
    Result<void> take(const AllocEvent& event, const TraceRecord& record);
    Result<void> take(const FreeEvent& event, const TraceRecord& record);
    Result<void> take(const SlotEvent& event, const TraceRecord& record);
    void take(const ZombieEvent& event, const TraceRecord& record);
    void take(const WalkEvent& event);
    void take(const SkipEvent& event);

    /// Whether the object of a report is looked at; false where that is not known.
    [[nodiscard]] bool is_selected(const ReportEvent& report, std::int64_t object) const;

    /// Fills in pool, quarantine, caches, stacks and missed_ends. Nothing may be taken afterwards.
    void finish(Summary& out);

private:
    struct Object {
        KernelNs begin = 0;
        Slot slot = kNoSlot;
        Holder holder;
        bool selected = false;
        bool zombie = false;
        bool freed = false; ///< of a zombie: its slot stays occupied
    };
    struct Place {
        std::int64_t object = 0; ///< that holds it; 0: none
        KernelNs freed_at = 0;   ///< while none holds it; 0: not known
        std::int64_t last = 0;   ///< that held it last, or holds it
        bool last_selected = false;
    };
    /// An object whose slot holds another one: its end is still to come, or was not recorded.
    struct Displaced {
        std::int64_t object = 0;
        KernelNs ended_by = 0;
    };

    [[nodiscard]] Result<Object> describe(KernelNs begin, Slot slot, CacheId cache, StackId stack, const Task& task);
    Place& place_of(Slot slot);
    void place(std::int64_t number, const Object& object);
    void displace(std::int64_t number, KernelNs ended_by);
    void release(std::int64_t number, const Object& object, KernelNs end);
    void end(std::int64_t number, KernelNs end);
    void end_unseen(std::int64_t number, KernelNs ended_by);
    void note_end(const Object& object, KernelNs end);
    void walk_found_free(const SlotEvent& event);
    void mark_zombie(Object& object);
    void account(const Object& object, KernelNs end);
    void advance(KernelNs time);
    void changed();
    void note_holders(PoolSummary& pool) const;

    Window window_;
    Selector* selector_;
    SymbolStacks* stacks_;
    Occupancy occupancy_;
    FullWatch watch_;
    HolderTable holders_;
    std::unordered_map<std::int64_t, Object> objects_;
    std::vector<Place> slots_;
    std::deque<Displaced> displaced_; ///< oldest first; a bounded number
    std::uint32_t pool_objects_ = 0;
    std::uint32_t held_ = 0;
    std::uint32_t zombies_ = 0;
    std::uint64_t missed_ends_ = 0;
    Spread quarantine_;
    PoolSummary when_full_; ///< only `held`
};

} // namespace kfence
