// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/verify_slots.h"

#include <variant>

#include <fmt/format.h>

namespace kfence {

SlotOrder::Held& SlotOrder::at(Slot slot) {
    if (slot >= slots_.size()) {
        slots_.resize(slot + std::size_t{1});
    }
    return slots_[slot];
}

std::optional<std::string> SlotOrder::begin(const AllocEvent& event, std::int64_t object) {
    Held& held = at(event.slot);
    if (held.object == object && held.alive && held.last == 0) {
        held.last = event.time; // a walk was faster
        return std::nullopt;
    }
    if (held.object != 0 && event.time < held.allocated_at) {
        return std::nullopt; // a walk saw a later object of this slot
    }
    const Held before = held;
    held = {.object = object, .allocated_at = event.time, .last = event.time, .alive = true, .losses = losses_};
    if (before.object == object) {
        return fmt::format("object {} in slot {} is allocated a second time", object, event.slot);
    }
    if (before.alive && !may_have_missed(before)) {
        return fmt::format("slot {} is allocated while it holds object {}", event.slot, before.object);
    }
    if (before.last > event.time) {
        return fmt::format("slot {} is allocated before the object that it held had ended", event.slot);
    }
    return std::nullopt;
}

std::optional<std::string> SlotOrder::go_on(Slot slot, KernelNs allocated_at, KernelNs time, std::int64_t object,
                                            bool ends) {
    Held& held = at(slot);
    if (held.object != object) {
        // It was overtaken by a later one, or its beginning is not in the file.
        return time < allocated_at ? std::optional(fmt::format("object {} ends before it begins", object))
                                   : std::nullopt;
    }
    const Held before = held;
    held.last = time;
    held.alive = held.alive && !ends;
    held.ended = held.ended || ends;
    held.losses = losses_;
    if (time < before.last || time < before.allocated_at) {
        return fmt::format("object {} in slot {} has events that go back in time", object, slot);
    }
    if (before.ended) {
        return fmt::format("object {} in slot {} goes on after its end", object, slot);
    }
    return std::nullopt;
}

void SlotOrder::found(const SlotEvent& event, const TraceRecord& record) {
    if (record.repeats || record.origin == SlotOrigin::kEnd || event.state == SlotState::kBusy) {
        return;
    }
    Held& held = at(event.slot);
    if (held.object == record.object && record.object != 0) {
        held.losses = losses_;
        held.alive = held.alive && holds_object(event.state); // its event may still come
        return;
    }
    held = {.object = record.object,
            .allocated_at = event.allocated_at,
            .last = 0,
            .alive = record.object != 0 && holds_object(event.state),
            .losses = losses_};
}

std::optional<std::string> SlotOrder::check(const TraceRecord& record) {
    if (const auto* walk = std::get_if<WalkEvent>(&record.event)) {
        objects_ = walk->objects;
    }
    if (const auto* alloc = std::get_if<AllocEvent>(&record.event)) {
        if (objects_ > 0 && alloc->slot >= objects_) {
            return fmt::format("slot {} of a pool of {} objects", alloc->slot, objects_);
        }
        return begin(*alloc, record.object);
    }
    if (const auto* end = std::get_if<FreeEvent>(&record.event)) {
        return go_on(end->slot, end->allocated_at, end->time, record.object, true);
    }
    if (const auto* freeing = std::get_if<RcuFreeingEvent>(&record.event)) {
        return go_on(freeing->slot, freeing->allocated_at, freeing->time, record.object, false);
    }
    if (const auto* slot = std::get_if<SlotEvent>(&record.event)) {
        found(*slot, record);
    } else if (std::holds_alternative<LossEvent>(record.event)) {
        ++losses_;
    }
    return std::nullopt;
}

} // namespace kfence
