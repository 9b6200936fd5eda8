// SPDX-License-Identifier: Apache-2.0
#include "tools/top/picture.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "tools/common/cli.h"
#include "view/alerts.h"

namespace kfence {
namespace {

constexpr double kSecond = 1e9;

/// Allocations that came for a sample so far, by the best count there is.
std::uint64_t attempts(const Snapshot& s) {
    if (s.counters) {
        return s.counters->allocs + s.counters->skip_capacity.value_or(0) + s.counters->skip_covered.value_or(0);
    }
    std::uint64_t seen = 0;
    for (const SkipReason reason : {SkipReason::kCapacity, SkipReason::kCovered, SkipReason::kUnknown}) {
        seen += s.skips_seen[static_cast<std::size_t>(reason)];
    }
    for (const CacheUse& use : s.caches) {
        seen += use.allocs;
    }
    return seen;
}

/// A recording has the wall time of when it was made.
WallAnchor anchor(Source& source) {
    const KernelNs now = source.now();
    if (const Timeline* timeline = source.timeline()) {
        return {.kernel = now, .unix_ns = timeline->unix_time(now)};
    }
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    return {.kernel = now, .unix_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count()};
}

std::optional<ReplayPosition> replay_position(Source& source, KernelNs now) {
    const Timeline* timeline = source.timeline();
    if (timeline == nullptr) {
        return std::nullopt;
    }
    const auto since_begin = [&](KernelNs time) {
        return static_cast<double>(time - std::min(time, timeline->begin())) / kSecond;
    };
    return ReplayPosition{.at_s = since_begin(now), .length_s = since_begin(timeline->end())};
}

} // namespace

void Camera::watch_gate(const Snapshot& snapshot) {
    const std::uint64_t now = attempts(snapshot);
    if (now != attempts_ || !snapshot.enabled || last_attempt_ == 0) {
        attempts_ = now;
        last_attempt_ = snapshot.now;
    }
}

Picture Camera::take(bool objects) {
    constexpr std::size_t kStacks = 64;
    Picture out;
    out.snapshot = session_.model().snapshot({.max_stacks = kStacks, .objects = objects});
    out.has_objects = objects;
    watch_gate(out.snapshot);
    out.silent_s = static_cast<double>(out.snapshot.now - last_attempt_) / kSecond;
    out.anchor = anchor(session_.source());
    return out;
}

ViewInput input_of(const Picture& picture, Session& session) {
    return {.snapshot = picture.snapshot,
            .names = picture.names ? *picture.names : session.source().names(),
            .info = session.source().info(),
            .anchor = picture.anchor,
            .uptime_s = static_cast<std::uint64_t>(static_cast<double>(picture.snapshot.now) / kSecond),
            .silent_s = picture.silent_s,
            .replay = replay_position(session.source(), picture.snapshot.now)};
}

Losses losses_of(const Session& session) {
    return session.model().snapshot({.max_stacks = 0, .objects = false}).losses;
}

int conclude(const Losses& losses, bool fail_on_loss) {
    if (losses.total() == 0) {
        return 0;
    }
    print_message("kfence-top", fmt::format("{} events were lost ({}); the picture was rebuilt {} times from the "
                                            "kernel's metadata",
                                            losses.total(), describe_causes(losses), losses.resyncs));
    return fail_on_loss ? static_cast<int>(ErrorKind::kLoss) : 0;
}

} // namespace kfence
