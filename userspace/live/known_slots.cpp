// SPDX-License-Identifier: Apache-2.0
#include "live/known_slots.h"

#include <functional>

namespace kfence {
namespace {

bool was_freed(const ObjectRecord& record) {
    return record.state != SlotState::kAllocated;
}

std::uint64_t fingerprint_of(const ObjectRecord& record) {
    const std::hash<std::string_view> hash;
    std::uint64_t mixed = hash(record.alloc.frames);
    mixed = mixed * 31 + static_cast<std::uint32_t>(record.alloc.pid);
    return mixed * 31 + record.size;
}

} // namespace

void KnownSlots::begin_walk() {
    // Only walks add stacks, so a different number means that some were forgotten and their ids given away.
    if (names_.stack_count() != stacks_after_walk_) {
        for (Known& known : slots_) {
            known.stacks = false;
        }
    }
}

void KnownSlots::end_walk() {
    stacks_after_walk_ = names_.stack_count();
}

KnownSlots::Known& KnownSlots::at(Slot slot) {
    if (slot >= slots_.size()) {
        slots_.resize(std::size_t{slot} + 1);
    }
    return slots_[slot];
}

void KnownSlots::clear(Slot slot) {
    at(slot) = {};
}

StackId KnownSlots::intern(std::string_view frames) {
    std::size_t depth = 0;
    each_frame(frames, [&](std::string_view frame) {
        if (depth == frames_.size()) {
            frames_.emplace_back();
        }
        frames_[depth++].assign(frame);
    });
    return names_.stack({frames_.data(), depth});
}

/// Without a time: the same object as last time, unless it looks different, or was freed and is there again.
KernelNs KnownSlots::allocation_time(const ObjectRecord& record, const Known& known, KernelNs now) {
    if (record.alloc.at) {
        return *record.alloc.at;
    }
    const bool again = known.freed_at != 0 && !was_freed(record);
    return known.used && !again && known.fingerprint == fingerprint_of(record) ? known.allocated_at : now;
}

KernelNs KnownSlots::free_time(const ObjectRecord& record, const Known& known, bool same, KernelNs now) {
    if (!was_freed(record)) {
        return 0;
    }
    if (record.free.at) {
        return *record.free.at;
    }
    return same && known.freed_at != 0 ? known.freed_at : now;
}

SlotEvent KnownSlots::event_of(const ObjectRecord& record, KernelNs now) {
    Known& known = at(record.slot);
    const KernelNs allocated_at = allocation_time(record, known, now);
    const bool same = known.used && known.allocated_at == allocated_at;
    const KernelNs freed_at = free_time(record, known, same, now);
    if (!same || !known.stacks) {
        known.alloc_stack = intern(record.alloc.frames);
    }
    if (!same || !known.stacks || known.freed_at != freed_at) {
        known.free_stack = was_freed(record) ? intern(record.free.frames) : kNoStack;
    }
    known.allocated_at = allocated_at;
    known.freed_at = freed_at;
    known.fingerprint = record.alloc.at ? 0 : fingerprint_of(record);
    known.used = true;
    known.stacks = true;

    SlotEvent event{.time = now,
                    .slot = record.slot,
                    .state = record.state,
                    .size = record.size,
                    .cache = names_.cache(record.cache),
                    .allocated_at = allocated_at,
                    .freed_at = freed_at,
                    .alloc_stack = known.alloc_stack,
                    .free_stack = known.free_stack,
                    .task = {}};
    event.task.pid = record.alloc.pid;
    event.task.cpu = record.alloc.cpu;
    return event;
}

} // namespace kfence
