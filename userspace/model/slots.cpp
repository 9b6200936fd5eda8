// SPDX-License-Identifier: Apache-2.0
// The event stream's half of the merge rules; the walk's half is in walk_merge.cpp.
#include "model/slots.h"

#include "model/ages.h"

namespace kfence {
namespace {

constexpr std::size_t kReuses = 256;

} // namespace

SlotRecord* SlotTable::find(Slot slot) {
    if (slot >= kMaxObjects || (objects_ > 0 && slot >= objects_)) {
        return nullptr;
    }
    if (slot >= records_.size()) {
        records_.resize(slot + 1);
    }
    return &records_[slot];
}

void SlotTable::set_state(SlotRecord& record, SlotState state) {
    if (record.state == state) {
        return;
    }
    const bool was = is_occupied(record.state);
    const bool is = is_occupied(state);
    if (was && !is) {
        --occupied_;
        --caches_->at(record.cache).allocated;
    } else if (is && !was) {
        ++occupied_;
        ++caches_->at(record.cache).allocated;
    }
    zombies_ -= record.state == SlotState::kZombie ? 1U : 0U;
    zombies_ += state == SlotState::kZombie ? 1U : 0U;
    rcu_freeing_ -= record.state == SlotState::kRcuFreeing ? 1U : 0U;
    rcu_freeing_ += state == SlotState::kRcuFreeing ? 1U : 0U;
    record.state = state;
}

void SlotTable::set_cache(SlotRecord& record, CacheId cache) {
    CacheStats& stats = caches_->at(cache);
    if (record.cache != cache && is_occupied(record.state)) {
        ++stats.allocated;
        --caches_->at(record.cache).allocated;
    }
    record.cache = cache;
}

/// The record describes another object from now on.
void SlotTable::start(SlotRecord& record, SlotState state, KernelNs allocated_at, CacheId cache) {
    set_cache(record, cache);
    set_state(record, state);
    record.birth = cache;
    record.allocated_at = allocated_at;
    record.freed_at = 0;
    record.size = 0;
    record.alloc_stack = kNoStack;
    record.free_stack = kNoStack;
    record.task = Task{};
    record.alloc_counted = false;
    record.free_counted = false;
    record.zombie_by_event = false;
}

void SlotTable::count_free(CacheId birth, KernelNs allocated_at, KernelNs freed_at) {
    ++totals_.frees;
    std::optional<std::uint64_t> lifetime;
    if (allocated_at > 0 && freed_at >= allocated_at) {
        lifetime = freed_at - allocated_at;
    }
    caches_->free(birth, lifetime);
}

/// The slot is about to hold another object. A zombie that only a walk reported was none: see free_held().
void SlotTable::missed_free(const SlotRecord& record) {
    const bool misread = record.state == SlotState::kZombie && !record.zombie_by_event;
    if (is_occupied(record.state) && !misread) {
        ++totals_.missed_frees;
        doubtful_ = true;
    }
}

void SlotTable::add_reuse(std::uint64_t ns) {
    if (reuses_.size() < kReuses) {
        reuses_.push_back(ns);
        return;
    }
    reuses_[next_reuse_] = ns;
    next_reuse_ = (next_reuse_ + 1) % kReuses;
}

void SlotTable::mark_caches(std::vector<bool>& used) const {
    for (const SlotRecord& record : records_) {
        used.at(static_cast<std::size_t>(record.cache)) = true;
        used.at(static_cast<std::size_t>(record.birth)) = true;
    }
    for (const auto& [slot, past] : past_) {
        used.at(static_cast<std::size_t>(past.birth)) = true;
    }
}

std::optional<std::uint64_t> SlotTable::median_reuse_ns() const {
    std::vector<std::uint64_t> values = reuses_;
    return percentile(values, 0.5);
}

void SlotTable::apply(const AllocEvent& event) {
    SlotRecord* const record = find(event.slot);
    if (record == nullptr) {
        return;
    }
    record->touched = walk_;
    const bool known = record->state != SlotState::kUnused && record->allocated_at == event.time;
    if (known && record->alloc_counted) {
        return;
    }
    ++totals_.allocs;
    caches_->alloc(event.cache);
    if (const auto open = past_.find(event.slot); open != past_.end()) {
        // Its free comes before the next allocation of the slot, or never.
        const Past& past = open->second;
        totals_.missed_frees += !past.ended && past.allocated_at < event.time ? 1U : 0U;
        past_.erase(open);
    }
    if (known) {
        record->birth = event.cache;
        // BPF read it with the object in the caller's hands; a walk may have read it half written.
        if (is_occupied(record->state) && record->state != SlotState::kZombie) {
            set_cache(*record, event.cache);
        }
    } else if (record->state != SlotState::kUnused && !record->alloc_counted && record->allocated_at > event.time) {
        // A walk is ahead of the stream: this object has come and gone.
        past_.insert_or_assign(event.slot, Past{.allocated_at = event.time, .birth = event.cache, .ended = false});
        return;
    } else {
        missed_free(*record);
        if (record->state == SlotState::kFreed && record->freed_at > 0 && event.time > record->freed_at) {
            add_reuse(event.time - record->freed_at);
        }
        start(*record, SlotState::kAllocated, event.time, event.cache);
    }
    record->alloc_counted = true;
    record->size = event.size;
    record->alloc_stack = event.stack;
    record->task = event.task;
}

void SlotTable::apply(const FreeEvent& event) {
    SlotRecord* const record = find(event.slot);
    if (record == nullptr) {
        return;
    }
    record->touched = walk_;
    const bool same = record->allocated_at == event.allocated_at || record->allocated_at == 0;
    if (is_occupied(record->state) && same) {
        free_held(*record, event);
        return;
    }
    if (!free_past(event)) {
        free_unheld(*record, event);
    }
}

/// True when the event belongs to an object that a walk made a past one.
bool SlotTable::free_past(const FreeEvent& event) {
    const auto open = past_.find(event.slot);
    if (open == past_.end() || open->second.allocated_at != event.allocated_at) {
        return false;
    }
    if (open->second.ended) {
        ++totals_.ignored_frees;
    } else {
        count_free(open->second.birth, event.allocated_at, event.time);
        open->second.ended = true;
    }
    return true;
}

void SlotTable::free_held(SlotRecord& record, const FreeEvent& event) {
    if (event.stack != kNoStack) {
        record.free_stack = event.stack;
    }
    if (record.zombie_by_event) {
        return; // its slot is lost for good, whatever its owner does now
    }
    if (record.state == SlotState::kZombie) {
        // A walk that read the slot between the free and its way to the freelist cannot tell it from a zombie.
        set_cache(record, record.birth);
    }
    record.allocated_at = event.allocated_at;
    record.freed_at = event.time;
    record.free_counted = true;
    set_state(record, SlotState::kFreed);
    count_free(record.birth, event.allocated_at, event.time);
}

void SlotTable::free_unheld(SlotRecord& record, const FreeEvent& event) {
    const bool same = record.state == SlotState::kFreed && record.allocated_at == event.allocated_at;
    if (same && !record.free_counted) {
        count_free(record.birth, event.allocated_at, event.time); // a walk was ahead of the stream
        record.free_counted = true;
        record.freed_at = record.freed_at == 0 ? event.time : record.freed_at;
        record.free_stack = record.free_stack == kNoStack ? event.stack : record.free_stack;
    } else if (!same && (record.state == SlotState::kUnused || event.allocated_at > record.allocated_at)) {
        missed_free(record);
        count_free(kNoCache, event.allocated_at, event.time); // an object that was never seen alive
        start(record, SlotState::kFreed, event.allocated_at, kNoCache);
        record.freed_at = event.time;
        record.free_stack = event.stack;
        record.alloc_counted = true;
        record.free_counted = true;
    } else if (!same && !record.alloc_counted) {
        // It ended before the object that a walk brought.
        count_free(kNoCache, event.allocated_at, event.time);
        past_.insert_or_assign(event.slot, Past{.allocated_at = event.allocated_at, .birth = kNoCache, .ended = true});
    } else {
        ++totals_.ignored_frees;
    }
}

void SlotTable::apply(const RcuFreeingEvent& event) {
    SlotRecord* const record = find(event.slot);
    if (record == nullptr) {
        return;
    }
    record->touched = walk_;
    if (record->state == SlotState::kUnused || event.allocated_at > record->allocated_at) {
        missed_free(*record);
        start(*record, SlotState::kRcuFreeing, event.allocated_at, kNoCache);
        record->alloc_counted = true;
        doubtful_ = true; // its allocation was never seen
    } else if (event.allocated_at != record->allocated_at ||
               (record->state != SlotState::kAllocated && record->state != SlotState::kRcuFreeing)) {
        return;
    }
    set_state(*record, SlotState::kRcuFreeing);
    if (event.stack != kNoStack) {
        record->free_stack = event.stack;
    }
}

void SlotTable::apply(const ZombieEvent& event) {
    SlotRecord* const record = find(event.slot);
    if (record == nullptr) {
        return;
    }
    record->touched = walk_;
    if (record->state == SlotState::kUnused || event.allocated_at > record->allocated_at) {
        missed_free(*record);
        start(*record, SlotState::kZombie, event.allocated_at, kNoCache);
        record->alloc_counted = true;
        doubtful_ = true; // its allocation was never seen
    } else if (event.allocated_at != record->allocated_at || record->free_counted) {
        return;
    }
    set_state(*record, SlotState::kZombie);
    set_cache(*record, kNoCache);
    record->zombie_by_event = true;
}

} // namespace kfence
