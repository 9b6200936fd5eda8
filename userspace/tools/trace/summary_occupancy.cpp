// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/summary_occupancy.h"

#include <algorithm>

namespace kfence {
namespace {

/// While one of so many slots is free at most, the pool counts as still full: freed slots wait for the next sample.
constexpr std::uint32_t kNearlyFull = 50;

} // namespace

Occupancy::Occupancy(const Window& window, std::size_t parts)
    : window_(window), part_ns_(static_cast<double>(window.length_ns()) / static_cast<double>(parts)),
      partial_ns_(parts), change_(parts + 1) {}

double Occupancy::add(KernelNs begin, KernelNs end) {
    begin = std::max(begin, window_.since);
    end = std::min(end, window_.until);
    if (end <= begin) {
        return 0;
    }
    const double from = static_cast<double>(begin - window_.since);
    const double to = static_cast<double>(end - window_.since);
    const std::size_t last = partial_ns_.size() - 1;
    const std::size_t first_part = std::min(static_cast<std::size_t>(from / part_ns_), last);
    const std::size_t last_part = std::min(static_cast<std::size_t>(to / part_ns_), last);
    if (first_part == last_part) {
        partial_ns_[first_part] += to - from;
    } else {
        partial_ns_[first_part] += static_cast<double>(first_part + 1) * part_ns_ - from;
        partial_ns_[last_part] += to - static_cast<double>(last_part) * part_ns_;
        ++change_[first_part + 1];
        --change_[last_part];
    }
    return static_cast<double>(end - begin) / 1e9;
}

std::vector<double> Occupancy::means() const {
    std::vector<double> out;
    if (window_.length_ns() == 0) {
        return out;
    }
    std::int64_t held = 0;
    for (std::size_t i = 0; i < partial_ns_.size(); ++i) {
        held += change_[i];
        out.push_back(static_cast<double>(held) + partial_ns_[i] / part_ns_);
    }
    return out;
}

bool FullWatch::note_full() noexcept {
    if (!is_full()) {
        return false;
    }
    since_ = since_.value_or(now_);
    if (full_at_ || !window_.contains(now_)) {
        return false;
    }
    full_at_ = now_;
    return true;
}

bool FullWatch::advance(KernelNs time) noexcept {
    // Events of several processors come nearly in order.
    const KernelNs next = std::clamp(time, now_, std::max(now_, window_.until));
    const KernelNs from = std::max(now_, window_.since);
    if (is_full() && next > from) {
        full_ns_ += next - from;
    }
    const bool enters = now_ < window_.since && next >= window_.since;
    now_ = enters ? window_.since : next;
    const bool first = enters && note_full();
    now_ = next;
    return first;
}

bool FullWatch::change(std::uint32_t held, std::uint32_t objects) noexcept {
    held_ = held;
    objects_ = objects;
    if (held + std::max(1U, objects / kNearlyFull) < objects) {
        since_.reset();
    }
    return note_full();
}

std::optional<KernelNs> FullWatch::full_since() const noexcept {
    return since_ ? std::optional(std::max(*since_, window_.since)) : std::nullopt;
}

} // namespace kfence
