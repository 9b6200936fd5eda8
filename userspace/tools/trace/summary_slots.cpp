// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/summary_slots.h"

#include <algorithm>
#include <utility>

#include "store/slot_shadow.h"

namespace kfence {
namespace {

constexpr std::size_t kParts = 240;
/// Ends that are still to come follow within a moment; more of these were lost.
constexpr std::size_t kMostDisplaced = 4096;

} // namespace

SlotBook::SlotBook(const Window& window, Selector& selector, SymbolStacks& stacks)
    : window_(window), selector_(&selector), stacks_(&stacks), occupancy_(window, kParts), watch_(window) {}

SlotBook::Place& SlotBook::place_of(Slot slot) {
    if (slot >= slots_.size()) {
        slots_.resize(slot + std::size_t{1});
    }
    return slots_[slot];
}

Result<SlotBook::Object> SlotBook::describe(KernelNs begin, Slot slot, CacheId cache, StackId stack, const Task& task) {
    const auto selected = selector_->matches(cache, task);
    if (!selected) {
        return std::unexpected(selected.error());
    }
    return Object{.begin = begin,
                  .slot = slot,
                  .holder = {.cache = cache, .group = stacks_->group(stack)},
                  .selected = *selected};
}

Result<void> SlotBook::take(const AllocEvent& event, const TraceRecord& record) {
    if (event.time > window_.until) {
        return {};
    }
    auto object = describe(event.time, event.slot, event.cache, event.stack, event.task);
    if (!object) {
        return std::unexpected(object.error());
    }
    if (const auto known = objects_.find(record.object); known != objects_.end()) { // a walk was faster
        known->second.holder = object->holder;
        known->second.selected = object->selected;
        return {};
    }
    advance(event.time);
    place(record.object, *object);
    return {};
}

Result<void> SlotBook::take(const FreeEvent& event, const TraceRecord& record) {
    if (event.time > window_.until) {
        return {};
    }
    advance(event.time);
    if (const auto known = objects_.find(record.object); known != objects_.end()) {
        Object& object = known->second;
        if (object.zombie) {
            if (!std::exchange(object.freed, true)) {
                note_end(object, event.time);
            }
            return {};
        }
        end(record.object, event.time);
        return {};
    }
    // Only its end was recorded.
    auto object = describe(event.allocated_at, event.slot, kNoCache, kNoStack, Task{});
    if (!object) {
        return std::unexpected(object.error());
    }
    note_end(*object, event.time);
    account(*object, event.time);
    release(record.object, *object, event.time);
    return {};
}

Result<void> SlotBook::take(const SlotEvent& event, const TraceRecord& record) {
    if (record.repeats || record.origin == SlotOrigin::kEnd || event.state == SlotState::kBusy ||
        event.time > window_.until) {
        return {};
    }
    advance(event.time);
    if (!holds_object(event.state)) {
        walk_found_free(event);
        return {};
    }
    auto known = objects_.find(record.object);
    if (known == objects_.end()) {
        auto object = describe(event.allocated_at, event.slot, event.cache, event.alloc_stack, event.task);
        if (!object) {
            return std::unexpected(object.error());
        }
        place(record.object, *object);
        known = objects_.find(record.object);
    }
    if (event.state == SlotState::kZombie && known != objects_.end()) {
        mark_zombie(known->second);
    }
    return {};
}

void SlotBook::take(const ZombieEvent& event, const TraceRecord& record) {
    const auto known = objects_.find(record.object);
    if (event.time <= window_.until && known != objects_.end()) {
        mark_zombie(known->second);
    }
}

void SlotBook::take(const WalkEvent& event) {
    if (event.time <= window_.until && event.objects != pool_objects_) {
        advance(event.time);
        pool_objects_ = event.objects;
        changed();
    }
}

void SlotBook::take(const SkipEvent& event) {
    // Who wanted it is not known.
    if (window_.contains(event.time) && event.cache != kNoCache && !selector_->selects_cgroups() &&
        selector_->matches_cache(event.cache)) {
        holders_.refused(event.cache, event.count);
    }
}

bool SlotBook::is_selected(const ReportEvent& report, std::int64_t object) const {
    if (object != 0 && report.slot < slots_.size() && slots_[report.slot].last == object) {
        return slots_[report.slot].last_selected;
    }
    return !selector_->selects_cgroups() && selector_->matches_cache(report.cache);
}

void SlotBook::place(std::int64_t number, const Object& object) {
    objects_.emplace(number, object);
    Place& slot = place_of(object.slot);
    if (const auto current = objects_.find(slot.object); slot.object != 0 && current != objects_.end()) {
        if (current->second.begin > object.begin) {
            displace(number, current->second.begin);
            return;
        }
        zombies_ -= current->second.zombie ? 1 : 0;
        displace(slot.object, object.begin);
        --held_;
    } else if (slot.freed_at != 0 && slot.freed_at <= object.begin && window_.contains(object.begin)) {
        quarantine_.add(object.begin - slot.freed_at);
    }
    slot = {.object = number, .freed_at = 0, .last = number, .last_selected = object.selected};
    ++held_;
    changed();
}

void SlotBook::displace(std::int64_t number, KernelNs ended_by) {
    displaced_.push_back({.object = number, .ended_by = ended_by});
    if (displaced_.size() > kMostDisplaced) {
        end_unseen(displaced_.front().object, displaced_.front().ended_by);
        displaced_.pop_front();
    }
}

/// The slot is free, unless it holds something else already.
void SlotBook::release(std::int64_t number, const Object& object, KernelNs end) {
    Place& slot = place_of(object.slot);
    if (slot.object == number) {
        slot.object = 0;
        --held_;
        slot.freed_at = end;
        changed();
    } else if (slot.object == 0) {
        slot.freed_at = std::max(slot.freed_at, end);
    }
}

void SlotBook::end(std::int64_t number, KernelNs end) {
    const auto found = objects_.find(number);
    const Object object = found->second;
    objects_.erase(found);
    note_end(object, end);
    account(object, end);
    release(number, object, end);
}

void SlotBook::end_unseen(std::int64_t number, KernelNs ended_by) {
    const auto found = objects_.find(number);
    if (found == objects_.end()) {
        return; // its end came after all
    }
    account(found->second, ended_by);
    missed_ends_ += window_.contains(ended_by) ? 1 : 0;
    objects_.erase(found);
}

void SlotBook::note_end(const Object& object, KernelNs end) {
    if (object.selected && window_.contains(end)) {
        holders_.freed(object.holder, end > object.begin ? end - object.begin : 0);
    }
}

void SlotBook::walk_found_free(const SlotEvent& event) {
    Place& slot = place_of(event.slot);
    const auto current = objects_.find(slot.object);
    if (slot.object == 0 || current == objects_.end()) {
        slot.freed_at = std::max(slot.freed_at, event.freed_at);
        return;
    }
    const Object& object = current->second;
    if (event.state == SlotState::kUnused || event.freed_at < object.begin || event.freed_at > event.time) {
        return; // older than what is known, or nothing to go by
    }
    if (event.allocated_at == object.begin) {
        zombies_ -= object.zombie ? 1 : 0;
        end(slot.object, event.freed_at);
    } else if (event.allocated_at > object.begin) { // another one came and went meanwhile
        zombies_ -= object.zombie ? 1 : 0;
        const std::int64_t number = std::exchange(slot.object, 0);
        --held_;
        slot.freed_at = event.freed_at;
        end_unseen(number, event.allocated_at);
        changed();
    }
}

void SlotBook::mark_zombie(Object& object) {
    zombies_ += std::exchange(object.zombie, true) ? 0 : 1;
}

/// It held a slot until `end`.
void SlotBook::account(const Object& object, KernelNs end) {
    const double seconds = occupancy_.add(object.begin, end);
    if (!object.selected) {
        return;
    }
    if (seconds > 0) {
        holders_.held(object.holder, seconds);
    }
    if (window_.contains(object.begin)) {
        holders_.allocated(object.holder);
    }
}

void SlotBook::advance(KernelNs time) {
    if (watch_.advance(time)) {
        note_holders(when_full_);
    }
}

void SlotBook::changed() {
    if (watch_.change(held_, pool_objects_)) {
        note_holders(when_full_);
    }
}

void SlotBook::note_holders(PoolSummary& pool) const {
    std::unordered_map<CacheId, std::uint32_t> held;
    for (const Place& slot : slots_) {
        const auto object = objects_.find(slot.object);
        if (slot.object != 0 && object != objects_.end()) {
            ++held[object->second.holder.cache];
        }
    }
    pool.held.clear();
    for (const auto& [cache, slots] : held) {
        pool.held.push_back({.cache = cache, .slots = slots});
    }
    std::ranges::sort(pool.held, [](const HeldBy& a, const HeldBy& b) {
        return a.slots != b.slots ? a.slots > b.slots : a.cache < b.cache;
    });
}

void SlotBook::finish(Summary& out) {
    advance(window_.until);
    for (const Displaced& displaced : displaced_) {
        end_unseen(displaced.object, displaced.ended_by);
    }
    out.pool = std::move(when_full_);
    if (!watch_.full_at()) {
        note_holders(out.pool);
    }
    for (const Place& slot : slots_) {
        const auto found = objects_.find(slot.object);
        if (slot.object == 0 || found == objects_.end()) {
            continue;
        }
        const Object& object = found->second;
        account(object, window_.until);
        if (object.selected) {
            holders_.live(object.holder, window_.until - std::min(object.begin, window_.until));
        }
    }
    out.pool.objects = pool_objects_;
    out.pool.at_end = held_;
    out.pool.zombies = zombies_;
    out.pool.full_at = watch_.full_at();
    out.pool.full_since = watch_.full_since();
    const double window_seconds = window_.seconds();
    if (pool_objects_ > 0) {
        out.pool.occupancy = occupancy_.means();
        out.pool.full_share = window_seconds > 0 ? static_cast<double>(watch_.full_ns()) / 1e9 / window_seconds : 0;
    }
    out.quarantine = quarantine_.percentiles();
    out.missed_ends = missed_ends_;
    const double pool_seconds = pool_objects_ * window_seconds;
    out.caches = holders_.caches(pool_seconds, stacks_->names());
    out.stacks = holders_.stacks(pool_seconds, *stacks_);
}

} // namespace kfence
