// SPDX-License-Identifier: Apache-2.0
#include "model/pool_model.h"

#include <utility>

#include "model/state.h"

namespace kfence {

void PoolModel::State::apply(const AllocEvent& event) {
    reconciler.saw_alloc(event.time);
    slots.apply(event);
    coverage.add(event.time, event.stack_hash);
}

void PoolModel::State::apply(const SkipEvent& event) {
    if (event.cache != kNoCache) { // otherwise it is not known, and not the row of destroyed caches
        caches.at(event.cache).refused += event.count;
    }
    const auto reason = static_cast<std::size_t>(event.reason);
    skips_seen[reason < kSkipReasonCount ? reason : 0] += event.count;
}

void PoolModel::State::apply(const ReportEvent& event) {
    const KernelNs end = event.freed_at > 0 ? event.freed_at : event.time;
    const bool dated = event.allocated_at > 0 && end > event.allocated_at;
    static_cast<void>(caches.at(event.cache));
    reports.push_front({.report = event, .object_age_ns = dated ? end - event.allocated_at : 0});
    if (slots.objects() > 0) {
        const std::uint32_t free_slots = slots.objects() - std::min(slots.objects(), allocated());
        reports.front().quarantine_s = quarantine(free_slots, rates.rates(settings, options.has_counters));
    }
    if (reports.size() > options.max_reports) {
        reports.pop_back();
    }
    ++reports_seen;
}

void PoolModel::State::apply(const WalkEvent& event) {
    if (walked && needs_walk()) {
        ++losses.resyncs;
    }
    slots.apply(event);
    reconciler.walked();
    walked = true;
    walk_missing = false;
}

void PoolModel::State::apply(const CountersEvent& event) {
    counters = event;
    rates.counters(event);
    if (options.has_counters) {
        reconciler.compare(event, figures(), drained);
    }
}

void PoolModel::State::apply(const SettingsEvent& event) {
    settings = {.sample_interval_ms = event.sample_interval_ms,
                .skip_covered_thresh = event.skip_covered_thresh,
                .burst = event.burst,
                .deferrable = event.deferrable};
    disabled_itself = event.disabled_by_warn;
}

void PoolModel::State::apply(const LossEvent& event) {
    const auto cause = static_cast<std::size_t>(event.cause);
    if (cause >= kLossCauseCount || event.count == 0) {
        return;
    }
    losses.by_cause[cause] += event.count;
    if (event.cause == LossCause::kReportsFull) {
        return; // a report changes no slot
    }
    walk_missing = true;
    if (event.cause != LossCause::kWalk) {
        reconciler.lost();
    }
}

ModelFigures PoolModel::State::figures() const noexcept {
    return {.allocs = slots.totals().allocs,
            .frees = slots.totals().frees,
            .occupied = slots.occupied(),
            .zombies = slots.zombies()};
}

bool PoolModel::State::needs_walk() const noexcept {
    if (walk_missing || reconciler.wants_walk() || slots.doubtful()) {
        return true;
    }
    // KFENCE was turned on after the last walk found no pool.
    const bool enabled = (counters && counters->enabled) || settings.sample_interval_ms.value_or(0) > 0;
    return walked && slots.objects() == 0 && (enabled || slots.totals().allocs > 0);
}

PoolModel::PoolModel(ModelOptions options) : state_(std::make_unique<State>(options)) {}
PoolModel::~PoolModel() = default;
PoolModel::PoolModel(PoolModel&&) noexcept = default;
PoolModel& PoolModel::operator=(PoolModel&&) noexcept = default;

void PoolModel::apply(std::span<const Event> events) {
    State& state = *state_;
    state.used_stacks_valid = false;
    for (const Event& event : events) {
        std::visit([&](const auto& e) { state.apply(e); }, event);
    }
}

void PoolModel::drained(bool complete) noexcept {
    state_->drained = complete;
}

void PoolModel::tick(KernelNs now) {
    State& state = *state_;
    state.now = now;
    const ModelFigures figures = state.figures();
    state.reconciler.tick(now, figures);
    if (state.rates.tick(now, figures.allocs, figures.frees)) {
        state.caches.next_window();
    }
    if (has_pool()) {
        state.history.add(now, state.allocated());
    }
}

Agreement PoolModel::agreement() const noexcept {
    return state_->reconciler.agreement();
}

bool PoolModel::needs_walk() const noexcept {
    return state_->needs_walk();
}

bool PoolModel::has_pool() const noexcept {
    return state_->slots.objects() > 0;
}

bool PoolModel::uses_stack(StackId stack) const noexcept {
    State& state = *state_;
    if (!state.used_stacks_valid) {
        state.used_stacks = StackSet{};
        for (const SlotRecord& record : state.slots.records()) {
            if (record.state != SlotState::kUnused) {
                state.used_stacks.add(record.alloc_stack);
                state.used_stacks.add(record.free_stack);
            }
        }
        for (const ReportSeen& seen : state.reports) {
            state.used_stacks.add(seen.report.access_stack);
            state.used_stacks.add(seen.report.alloc_stack);
            state.used_stacks.add(seen.report.free_stack);
        }
        state.used_stacks_valid = true;
    }
    return state.used_stacks.contains(stack);
}

std::vector<CacheId> PoolModel::fold_idle_caches(CacheId other) {
    State& state = *state_;
    static_cast<void>(state.caches.at(other)); // may be new
    std::vector<bool> used(state.caches.all().size());
    state.slots.mark_caches(used);
    for (const ReportSeen& seen : state.reports) {
        used.at(static_cast<std::size_t>(seen.report.cache)) = true;
    }
    used[static_cast<std::size_t>(kNoCache)] = true;
    used[static_cast<std::size_t>(other)] = true;
    std::vector<CacheId> idle;
    for (std::size_t i = 0; i < state.caches.all().size(); ++i) {
        const auto cache = static_cast<CacheId>(i);
        if (!used[i] && state.caches.idle(cache)) {
            state.caches.fold(cache, other);
            idle.push_back(cache);
        }
    }
    return idle;
}

} // namespace kfence
