// SPDX-License-Identifier: Apache-2.0
// How a walk of the kernel's metadata is merged with the event stream. A walk never counts an allocation or a
// free: it only says how things stand, and the events that belong to it may be ahead or behind.
#include <algorithm>
#include <utility>

#include "model/slots.h"

namespace kfence {
namespace {

/// A freed slot is on the freelist by then.
constexpr std::uint64_t kWayToFreelistNs = 1'000'000'000;

} // namespace

void SlotTable::apply(const SlotEvent& event) {
    if (event.state == SlotState::kUnused) {
        return; // the same as not being mentioned: see WalkEvent
    }
    SlotRecord* const record = find(event.slot);
    if (record == nullptr) {
        return;
    }
    record->mentioned = walk_;
    if (event.state == SlotState::kBusy) {
        busy_ = true;
        return;
    }
    static_cast<void>(caches_->at(event.cache)); // also that of a zombie has an entry
    if (record->state != SlotState::kUnused && event.allocated_at < record->allocated_at) {
        return; // read before the object that is known now was allocated
    }
    if (record->state == SlotState::kUnused || event.allocated_at > record->allocated_at) {
        walk_new(*record, event);
        return;
    }
    switch (event.state) {
    case SlotState::kAllocated:
    case SlotState::kRcuFreeing:
        walk_live(*record, event);
        break;
    case SlotState::kFreed:
        walk_freed(*record, event);
        break;
    case SlotState::kZombie:
        walk_zombie(*record, event);
        break;
    case SlotState::kUnused:
    case SlotState::kBusy:
        break;
    }
}

/// The object of the record was replaced, and its FreeEvent is still to come.
void SlotTable::leave_to_past(Slot slot, const SlotRecord& record) {
    const bool live = record.state == SlotState::kAllocated || record.state == SlotState::kRcuFreeing;
    if (!record.free_counted && !record.zombie_by_event && (live || record.alloc_counted)) {
        past_.insert_or_assign(slot, Past{.allocated_at = record.allocated_at, .birth = record.birth, .ended = false});
    }
}

/// An object that the stream has not shown yet.
void SlotTable::walk_new(SlotRecord& record, const SlotEvent& event) {
    leave_to_past(event.slot, record);
    start(record, event.state, event.allocated_at, event.state == SlotState::kZombie ? kNoCache : event.cache);
    record.birth = event.cache;
    fill_from_walk(record, event);
}

/// The same object, live when it was read.
void SlotTable::walk_live(SlotRecord& record, const SlotEvent& event) {
    if ((record.state == SlotState::kFreed && record.free_counted) || record.zombie_by_event) {
        return; // read before it ended
    }
    // Said by an earlier walk alone: misread.
    const bool misread = record.state == SlotState::kZombie || record.state == SlotState::kFreed;
    record.freed_at = misread ? 0 : record.freed_at;
    if (misread || event.state == SlotState::kRcuFreeing) {
        set_state(record, event.state);
    }
    if (event.cache != kNoCache) {
        set_cache(record, event.cache);
    }
    fill_from_walk(record, event);
}

/// The same object, free when it was read.
void SlotTable::walk_freed(SlotRecord& record, const SlotEvent& event) {
    if (record.zombie_by_event) {
        return; // in the kernel's metadata a zombie is marked as freed
    }
    set_state(record, SlotState::kFreed);
    set_cache(record, event.cache);
    fill_from_walk(record, event);
}

/// The same object, left over by a destroyed cache when it was read.
void SlotTable::walk_zombie(SlotRecord& record, const SlotEvent& event) {
    if (record.free_counted) {
        if (sees_zombies_ || event.time < record.freed_at + kWayToFreelistNs) {
            return; // freed, and was on its way to the freelist
        }
        record.free_counted = false; // the kernel counts no free of a zombie
        --totals_.frees;
    }
    set_state(record, SlotState::kZombie);
    set_cache(record, kNoCache);
    fill_from_walk(record, event);
}

/// What the metadata knows about an object. The stream knows more of the task; the kernel's own time of the
/// free is the one to keep.
void SlotTable::fill_from_walk(SlotRecord& record, const SlotEvent& event) {
    if (!record.alloc_counted) {
        record.size = event.size;
        record.task = event.task;
        record.birth = event.cache == kNoCache ? record.birth : event.cache;
        record.alloc_stack = event.alloc_stack;
    } else if (record.alloc_stack == kNoStack) {
        record.alloc_stack = event.alloc_stack;
    }
    if (event.state == SlotState::kFreed && event.freed_at > 0) {
        record.freed_at = event.freed_at;
    }
    if (event.free_stack != kNoStack && event.state != SlotState::kAllocated) {
        record.free_stack = event.free_stack;
    }
}

void SlotTable::apply(const WalkEvent& event) {
    objects_ = std::min(event.objects, kMaxObjects);
    for (SlotRecord& record : records_) {
        const auto slot = static_cast<std::size_t>(&record - records_.data());
        const bool silent = record.mentioned != walk_ && record.touched != walk_;
        if (record.state != SlotState::kUnused && (silent || slot >= objects_)) {
            start(record, SlotState::kUnused, 0, kNoCache);
        }
    }
    records_.resize(objects_);
    ++walk_;
    doubtful_ = std::exchange(busy_, false);
}

} // namespace kfence
