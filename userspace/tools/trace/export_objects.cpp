// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/export_objects.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace kfence {
namespace {

constexpr std::size_t kMostWaiting = 4096;

/// The slot of an event that is about one; kNoSlot otherwise.
Slot slot_of(const Event& event) {
    return std::visit(
        [](const auto& e) {
            if constexpr (requires { e.slot; }) {
                return e.slot;
            } else {
                return kNoSlot;
            }
        },
        event);
}

TracedObject from(const TraceRecord& record, const SlotEvent& event) {
    return {.machine = record.machine,
            .object = record.object,
            .slot = event.slot,
            .state = event.state,
            .cache = event.cache,
            .size = event.size,
            .allocated_at = event.allocated_at,
            .freed_at = event.state == SlotState::kAllocated ? 0 : event.freed_at,
            .stack = event.alloc_stack,
            .free_stack = event.free_stack,
            .task = event.task};
}

} // namespace

TracedObject* TracedObjects::find(std::int64_t machine, Slot slot, std::int64_t object) {
    if (const auto held = slots_.find(key(machine, slot)); held != slots_.end() && held->second.object == object) {
        return &held->second;
    }
    const auto waits = std::find_if(waiting_.rbegin(), waiting_.rend(), [&](const TracedObject& other) {
        return other.object == object && other.machine == machine;
    });
    return waits == waiting_.rend() ? nullptr : &*waits;
}

void TracedObjects::hand_out(TracedObject object, KernelNs gone_before) {
    if (object.state != SlotState::kFreed) {
        object.state = SlotState::kFreed;
        object.freed_at = 0;
    }
    object.gone_before = gone_before;
    ended_.push_back(std::move(object));
}

void TracedObjects::wait(TracedObject object) {
    if (waiting_.size() >= kMostWaiting) {
        const KernelNs gone_before = waiting_.front().gone_before;
        hand_out(std::move(waiting_.front()), gone_before);
        waiting_.pop_front();
    }
    waiting_.push_back(std::move(object));
}

void TracedObjects::remove(const TracedObject& object) {
    const auto held = slots_.find(key(object.machine, object.slot));
    if (held != slots_.end() && &held->second == &object) {
        slots_.erase(held);
        return;
    }
    const auto waits = std::ranges::find_if(waiting_, [&](const TracedObject& other) { return &other == &object; });
    if (waits != waiting_.end()) {
        waiting_.erase(waits);
    }
}

const TracedObject* TracedObjects::begin(const TraceRecord& record, const AllocEvent& event) {
    const auto [held, is_new] = slots_.try_emplace(key(record.machine, event.slot));
    TracedObject& there = held->second;
    const TracedObject object{.machine = record.machine,
                              .object = record.object,
                              .slot = event.slot,
                              .cache = event.cache,
                              .size = event.size,
                              .allocated_at = event.time,
                              .stack = event.stack,
                              .task = event.task};
    if (!is_new && there.object == record.object) { // a walk was faster, and knows less
        there.cache = event.cache;
        there.size = event.size;
        there.stack = event.stack;
        there.task = event.task;
        return &there;
    }
    if (!is_new && there.allocated_at > event.time) { // a walk has seen a later one
        wait(object);
        waiting_.back().gone_before = there.allocated_at;
        return &waiting_.back();
    }
    if (!is_new) {
        hand_out(std::move(there), event.time);
    }
    there = object;
    return &there;
}

const TracedObject* TracedObjects::end(const TraceRecord& record, const FreeEvent& event) {
    TracedObject* object = find(record.machine, event.slot, record.object);
    if (object == nullptr) {
        return nullptr;
    }
    object->freed_at = event.time;
    object->free_stack = event.stack;
    if (object->state == SlotState::kZombie) { // its slot is lost all the same
        return object;
    }
    TracedObject copy = *object;
    remove(*object);
    copy.state = SlotState::kFreed;
    hand_out(std::move(copy), event.time);
    return &ended_.back();
}

const TracedObject* TracedObjects::freeing(const TraceRecord& record, const RcuFreeingEvent& event) {
    TracedObject* object = find(record.machine, event.slot, record.object);
    if (object != nullptr && object->state == SlotState::kAllocated) {
        object->state = SlotState::kRcuFreeing;
    }
    return object;
}

const TracedObject* TracedObjects::zombie(const TraceRecord& record, const ZombieEvent& event) {
    TracedObject* object = find(record.machine, event.slot, record.object);
    if (object != nullptr) {
        object->state = SlotState::kZombie;
    }
    return object;
}

/// All that is known of the object is its end, which comes next.
const TracedObject* TracedObjects::found_end(const TraceRecord& record, const SlotEvent& event) {
    const auto waits = std::find_if(waiting_.rbegin(), waiting_.rend(), [&](const TracedObject& other) {
        return other.machine == record.machine && other.slot == event.slot && other.allocated_at == event.allocated_at;
    });
    if (waits != waiting_.rend()) { // after all it is known, under another number
        waits->object = record.object;
        return &*waits;
    }
    wait(from(record, event));
    return &waiting_.back();
}

const TracedObject* TracedObjects::found(const TraceRecord& record, const SlotEvent& event) {
    if (record.origin == SlotOrigin::kEnd) {
        return found_end(record, event);
    }
    const auto held = slots_.find(key(record.machine, event.slot));
    if (held != slots_.end() && record.object != 0 && held->second.object == record.object) {
        TracedObject& object = held->second;
        object.state = event.state;
        object.freed_at = event.state == SlotState::kAllocated ? 0 : event.freed_at;
        object.stack = object.stack == kNoStack ? event.alloc_stack : object.stack;
        object.free_stack = event.free_stack;
        return &object;
    }
    if (held != slots_.end()) {
        held->second.gone_before = event.allocated_at != 0 ? event.allocated_at : event.time;
        wait(std::move(held->second));
        slots_.erase(held);
    }
    if (record.object == 0 || !holds_object(event.state)) {
        return nullptr;
    }
    return &(slots_[key(record.machine, event.slot)] = from(record, event));
}

const TracedObject* TracedObjects::apply_event(const TraceRecord& record) {
    if (const auto* alloc = std::get_if<AllocEvent>(&record.event)) {
        return begin(record, *alloc);
    }
    if (const auto* free = std::get_if<FreeEvent>(&record.event)) {
        return end(record, *free);
    }
    if (const auto* rcu = std::get_if<RcuFreeingEvent>(&record.event)) {
        return freeing(record, *rcu);
    }
    if (const auto* gone = std::get_if<ZombieEvent>(&record.event)) {
        return zombie(record, *gone);
    }
    if (const auto* slot = std::get_if<SlotEvent>(&record.event)) {
        return record.repeats || slot->state == SlotState::kBusy ? nullptr : found(record, *slot);
    }
    if (const auto* report = std::get_if<ReportEvent>(&record.event)) {
        return find(record.machine, report->slot, record.object);
    }
    return nullptr;
}

const TracedObject* TracedObjects::apply(const TraceRecord& record) {
    const Slot slot = slot_of(record.event);
    if (slot == kNoSlot) {
        return nullptr;
    }
    const auto machine = static_cast<std::size_t>(record.machine);
    if (machine >= held_.size()) {
        held_.resize(machine + 1);
    }
    const auto holds = [&] {
        const auto there = slots_.find(key(record.machine, slot));
        return there != slots_.end() && holds_object(there->second.state) ? 1U : 0U;
    };
    const unsigned before = holds();
    const TracedObject* about = apply_event(record);
    held_[machine] += holds();
    held_[machine] -= before;
    return about;
}

std::uint64_t TracedObjects::held(std::int64_t machine) const {
    const auto index = static_cast<std::size_t>(machine);
    return index < held_.size() ? held_[index] : 0;
}

void TracedObjects::finish(std::vector<TracedObject>& live) {
    for (auto& entry : slots_) {
        if (holds_object(entry.second.state)) {
            live.push_back(std::move(entry.second));
        } else {
            waiting_.push_back(std::move(entry.second));
        }
    }
    slots_.clear();
    const auto order = [](const TracedObject& a, const TracedObject& b) {
        return key(a.machine, a.slot) < key(b.machine, b.slot);
    };
    std::ranges::sort(live, order);
    std::ranges::stable_sort(waiting_, order);
    for (TracedObject& object : waiting_) {
        const KernelNs gone_before = object.gone_before;
        hand_out(std::move(object), gone_before);
    }
    waiting_.clear();
}

void TracedObjects::add_stacks(std::unordered_set<StackId>& stacks) const {
    const auto add = [&](const TracedObject& object) {
        stacks.insert(object.stack);
        stacks.insert(object.free_stack);
    };
    std::ranges::for_each(waiting_, add);
    std::ranges::for_each(ended_, add);
    for (const auto& entry : slots_) {
        add(entry.second);
    }
}

} // namespace kfence
