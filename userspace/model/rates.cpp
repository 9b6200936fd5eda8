// SPDX-License-Identifier: Apache-2.0
#include "model/rates.h"

namespace kfence {
namespace {

/// A shorter window gives figures that mean nothing.
constexpr std::uint64_t kMinWindowNs = 50'000'000;

using Count = std::optional<std::uint64_t>;

/// Growth per second; nullopt when a count is missing or went backwards.
std::optional<double> rate(Count before, Count after, double seconds) noexcept {
    if (!before || !after || *after < *before || seconds <= 0) {
        return std::nullopt;
    }
    return static_cast<double>(*after - *before) / seconds;
}

/// What consumed a sample (mm/kfence/core.c: the gate is taken before these three).
Count attempts(const CountersEvent& c) noexcept {
    if (!c.skip_capacity || !c.skip_covered) {
        return std::nullopt;
    }
    return c.allocs + *c.skip_capacity + *c.skip_covered;
}

std::optional<double> intended(const Settings& settings) noexcept {
    if (!settings.sample_interval_ms) {
        return std::nullopt;
    }
    if (*settings.sample_interval_ms == 0) {
        return 0.0;
    }
    const double per_opening = 1.0 + static_cast<double>(settings.burst.value_or(0));
    return 1000.0 * per_opening / static_cast<double>(*settings.sample_interval_ms);
}

double seconds_between(KernelNs from, KernelNs to) noexcept {
    return to > from ? static_cast<double>(to - from) / 1e9 : 0.0;
}

} // namespace

bool RateWindow::tick(KernelNs now, std::uint64_t allocs_seen, std::uint64_t frees_seen) noexcept {
    if (end_ && now < end_->time + kMinWindowNs) {
        return false;
    }
    start_ = end_;
    end_ = Mark{.time = now, .allocs = allocs_seen, .frees = frees_seen};
    before_ = latest_;
    return true;
}

double RateWindow::seconds() const noexcept {
    return start_ ? seconds_between(start_->time, end_->time) : 0.0;
}

Rates RateWindow::rates(const Settings& settings, bool has_counters) const noexcept {
    Rates r;
    r.intended = intended(settings);
    if (!has_counters || !latest_) {
        if (start_) {
            r.actual = rate(start_->allocs, end_->allocs, seconds());
            r.frees = rate(start_->frees, end_->frees, seconds());
        }
        return r;
    }
    if (!start_ || !before_ || !latest_) {
        return r;
    }
    const double dt = seconds_between(before_->time, latest_->time);
    r.attempted = rate(attempts(*before_), attempts(*latest_), dt);
    r.actual = rate(before_->allocs, latest_->allocs, dt);
    r.frees = rate(before_->frees, latest_->frees, dt);
    r.skip_incompatible = rate(before_->skip_incompatible, latest_->skip_incompatible, dt);
    r.skip_capacity = rate(before_->skip_capacity, latest_->skip_capacity, dt);
    r.skip_covered = rate(before_->skip_covered, latest_->skip_covered, dt);
    r.skip_quota = rate(before_->skip_quota, latest_->skip_quota, dt);
    return r;
}

std::optional<double> quarantine(std::uint32_t free_slots, const Rates& rates) noexcept {
    if (rates.actual.value_or(0.0) <= 0) {
        return std::nullopt;
    }
    return static_cast<double>(free_slots) / *rates.actual;
}

} // namespace kfence
