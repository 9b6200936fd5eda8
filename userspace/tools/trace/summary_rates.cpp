// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/summary_rates.h"

#include <algorithm>

namespace kfence {
namespace {

using Count = std::optional<std::uint64_t>;

bool same_settings(const SettingsEvent& a, const SettingsEvent& b) noexcept {
    return a.sample_interval_ms == b.sample_interval_ms && a.skip_covered_thresh == b.skip_covered_thresh &&
           a.burst == b.burst && a.deferrable == b.deferrable && a.disabled_by_warn == b.disabled_by_warn;
}

/// nullopt when a count is missing, or went backwards.
std::optional<double> growth(Count before, Count after) noexcept {
    return before && after && *after >= *before ? std::optional(static_cast<double>(*after - *before)) : std::nullopt;
}

std::optional<double> sum(std::optional<double> a, std::optional<double> b, std::optional<double> c) noexcept {
    return a && b && c ? std::optional(*a + *b + *c) : std::nullopt;
}

} // namespace

std::optional<double> intended_rate(const SettingsEvent& settings) noexcept {
    if (!settings.sample_interval_ms) {
        return std::nullopt;
    }
    if (*settings.sample_interval_ms == 0) {
        return 0.0;
    }
    return 1000.0 * (1.0 + static_cast<double>(settings.burst.value_or(0))) /
           static_cast<double>(*settings.sample_interval_ms);
}

void RateBook::take(const SettingsEvent& event) {
    if (event.time > window_.until || (!settings_.empty() && same_settings(settings_.back(), event))) {
        return;
    }
    if (event.time <= window_.since) {
        settings_.clear(); // what held before it does not matter any more
    }
    settings_.push_back(event);
}

void RateBook::take(const CountersEvent& event) {
    if (window_.contains(event.time)) {
        first_ = first_ ? first_ : event;
        last_ = event;
    }
}

void RateBook::take(const SkipEvent& event) {
    if (window_.contains(event.time)) {
        skips_[static_cast<std::size_t>(event.reason)] += event.count;
    }
}

/// The first settings that were read held from the start on.
std::optional<double> RateBook::intended(KernelNs from, KernelNs to) const {
    if (settings_.empty()) {
        return std::nullopt;
    }
    double total = 0;
    for (std::size_t i = 0; i < settings_.size(); ++i) {
        const KernelNs begin = i == 0 ? from : std::clamp(settings_[i].time, from, to);
        const KernelNs end = i + 1 < settings_.size() ? std::clamp(settings_[i + 1].time, from, to) : to;
        const auto rate = intended_rate(settings_[i]);
        if (end > begin && !rate) {
            return std::nullopt;
        }
        total += end > begin ? *rate * static_cast<double>(end - begin) / 1e9 : 0;
    }
    return total;
}

RateSummary RateBook::counted() const {
    RateSummary out;
    out.from_counters = true;
    out.seconds = static_cast<double>(last_->time - first_->time) / 1e9;
    out.intended = intended(first_->time, last_->time);
    out.guarded = growth(first_->allocs, last_->allocs);
    out.freed = growth(first_->frees, last_->frees);
    out.skip_incompatible = growth(first_->skip_incompatible, last_->skip_incompatible);
    out.skip_capacity = growth(first_->skip_capacity, last_->skip_capacity);
    out.skip_covered = growth(first_->skip_covered, last_->skip_covered);
    out.skip_quota = growth(first_->skip_quota, last_->skip_quota);
    out.attempted = sum(out.guarded, out.skip_capacity, out.skip_covered);
    return out;
}

RateSummary RateBook::seen(bool complete_stream) const {
    RateSummary out;
    out.seconds = window_.seconds();
    out.intended = intended(window_.since, window_.until);
    if (complete_stream) {
        const auto skips = [this](SkipReason reason) {
            return static_cast<double>(skips_[static_cast<std::size_t>(reason)]);
        };
        out.guarded = static_cast<double>(allocs_);
        out.freed = static_cast<double>(frees_);
        if (skips(SkipReason::kUnknown) == 0) {
            out.attempted = *out.guarded + skips(SkipReason::kCapacity) + skips(SkipReason::kCovered);
        }
    }
    return out;
}

void RateBook::finish(Summary& out, bool complete_stream) const {
    out.settings = settings_;
    out.rates = first_ && last_->time > first_->time ? counted() : seen(complete_stream);
    out.rates.skips_seen = skips_;
    if (const auto bugs = first_ ? growth(first_->bugs, last_->bugs) : std::nullopt) {
        out.bugs = static_cast<std::uint64_t>(*bugs);
    }
}

} // namespace kfence
