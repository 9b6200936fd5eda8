// SPDX-License-Identifier: Apache-2.0
// What the rows of a recording say about each slot so far. The writer leaves out what a walk finds and the shadow knows
// already, the reader puts it back: both run the same shadow over the same rows.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "event/event.h"

namespace kfence {

/// A row of table slots: ids are those of the file, 0 where there is none.
struct SlotRow {
    KernelNs time = 0;
    Slot slot = kNoSlot;
    SlotState state = SlotState::kUnused;
    std::int64_t cache = 0;
    std::uint32_t size = 0;
    KernelNs allocated_at = 0;
    KernelNs freed_at = 0;
    std::int64_t alloc_stack = 0;
    std::int64_t free_stack = 0;
    std::int64_t task = 0;
    std::int16_t cpu = -1;
    std::int64_t object = 0;
};

/// A row of table events.
struct EventRow {
    KernelNs time = 0;
    std::int64_t kind = 0; ///< TraceKind
    Slot slot = kNoSlot;
    std::int64_t cache = 0;
    std::uint32_t size = 0;
    std::int64_t stack = 0;
    std::int64_t task = 0;
    std::int16_t cpu = -1;
    std::int64_t object = 0; ///< never 0 in the shadow's calls: of an allocation its own seq where the row has none
    KernelNs allocated_at = 0;
};

/// What a walk found may be newer than the events that are still to come: an object that began before the one that its
/// slot is known to hold is "overtaken". It is remembered until it ends, and changes nothing in its slot.
class SlotShadow {
public:
    /// What is known of a slot; nullptr when it was never used.
    [[nodiscard]] const SlotRow* find(Slot slot) const noexcept;
    /// The object that was allocated in this slot at this time; 0 when neither the slot nor what was overtaken is it.
    [[nodiscard]] std::int64_t object_of(Slot slot, KernelNs allocated_at) const noexcept;

    /// `allocated_at` must be set for an end, too.
    void apply(const EventRow& event);
    /// Busy slots change nothing.
    void apply(const SlotRow& row);
    /// True when a walk that finds this has found nothing new.
    [[nodiscard]] bool knows(const SlotRow& row) const noexcept;

    /// Their ends will not come any more, or it does not matter.
    void forget_overtaken() noexcept { overtaken_.clear(); }

    /// All slots that were ever used, by slot; the others have state kUnused.
    [[nodiscard]] const std::vector<SlotRow>& slots() const noexcept { return slots_; }
    [[nodiscard]] std::size_t used() const noexcept { return used_; }

private:
    struct Overtaken {
        Slot slot = kNoSlot;
        KernelNs allocated_at = 0;
        std::int64_t object = 0;
    };

    SlotRow& at(Slot slot);
    void begin(SlotRow& row, const EventRow& event);
    void end(SlotRow& row, const EventRow& event);

    std::vector<SlotRow> slots_;
    std::vector<Overtaken> overtaken_; ///< a few, and for a moment
    std::size_t used_ = 0;
};

/// CONFIG_KFENCE_NUM_OBJECTS is at most 65535 (lib/Kconfig.kfence, 6.12).
inline constexpr Slot kMaxTraceSlots = 65535;

[[nodiscard]] constexpr bool holds_object(SlotState state) noexcept {
    return state == SlotState::kAllocated || state == SlotState::kRcuFreeing || state == SlotState::kZombie;
}

} // namespace kfence
