// SPDX-License-Identifier: Apache-2.0
#include "store/slot_shadow.h"

#include <algorithm>

#include "store/schema.h"

namespace kfence {
namespace {

constexpr std::size_t kMostOvertaken = 4096;

} // namespace

const SlotRow* SlotShadow::find(Slot slot) const noexcept {
    return slot < slots_.size() && slots_[slot].state != SlotState::kUnused ? &slots_[slot] : nullptr;
}

std::int64_t SlotShadow::object_of(Slot slot, KernelNs allocated_at) const noexcept {
    if (const SlotRow* row = find(slot); row != nullptr && row->allocated_at == allocated_at) {
        return row->object;
    }
    const auto found = std::ranges::find_if(overtaken_, [&](const Overtaken& object) {
        return object.slot == slot && object.allocated_at == allocated_at;
    });
    return found == overtaken_.end() ? 0 : found->object;
}

SlotRow& SlotShadow::at(Slot slot) {
    if (slot >= slots_.size()) {
        slots_.resize(slot + std::size_t{1});
    }
    return slots_[slot];
}

void SlotShadow::begin(SlotRow& row, const EventRow& event) {
    if (row.state != SlotState::kUnused && row.allocated_at > event.time) {
        if (overtaken_.size() >= kMostOvertaken) {
            overtaken_.erase(overtaken_.begin());
        }
        overtaken_.push_back({.slot = event.slot, .allocated_at = event.time, .object = event.object});
        return;
    }
    row = {.time = event.time,
           .slot = event.slot,
           .state = SlotState::kAllocated,
           .cache = event.cache,
           .size = event.size,
           .allocated_at = event.time,
           .alloc_stack = event.stack,
           .task = event.task,
           .cpu = event.cpu,
           .object = event.object};
}

void SlotShadow::end(SlotRow& row, const EventRow& event) {
    std::erase_if(overtaken_, [&](const Overtaken& object) {
        return object.slot == event.slot && object.allocated_at == event.allocated_at;
    });
    if (row.state != SlotState::kUnused && row.allocated_at > event.allocated_at) {
        return;
    }
    if (row.state == SlotState::kUnused || row.object != event.object) {
        row = {.slot = event.slot, .allocated_at = event.allocated_at, .object = event.object};
    }
    row.time = event.time;
    switch (static_cast<TraceKind>(event.kind)) {
    case TraceKind::kRcuFreeing:
        row.state = SlotState::kRcuFreeing;
        break;
    case TraceKind::kZombie:
        row.state = SlotState::kZombie;
        row.cache = 0;
        break;
    default: // the free of a zombie leaves it one
        row.state = row.state == SlotState::kZombie ? row.state : SlotState::kFreed;
    }
    row.freed_at = event.time;
    row.free_stack = event.stack;
}

void SlotShadow::apply(const EventRow& event) {
    if (event.slot >= kMaxTraceSlots) {
        return;
    }
    SlotRow& row = at(event.slot);
    used_ += row.state == SlotState::kUnused ? 1 : 0;
    if (event.kind == static_cast<std::int64_t>(TraceKind::kAlloc)) {
        begin(row, event);
    } else {
        end(row, event);
    }
}

void SlotShadow::apply(const SlotRow& row) {
    if (row.slot >= kMaxTraceSlots || row.state == SlotState::kBusy) {
        return;
    }
    SlotRow& known = at(row.slot);
    used_ += known.state == SlotState::kUnused ? 1 : 0;
    used_ -= row.state == SlotState::kUnused ? 1 : 0;
    known = row;
}

bool SlotShadow::knows(const SlotRow& row) const noexcept {
    const SlotRow* known = find(row.slot);
    if (known == nullptr || known->state != row.state || known->allocated_at != row.allocated_at ||
        known->cache != row.cache) {
        return false;
    }
    return row.state == SlotState::kAllocated || known->freed_at == row.freed_at;
}

} // namespace kfence
