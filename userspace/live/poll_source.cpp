// SPDX-License-Identifier: Apache-2.0
#include "live/poll_source.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "kernel/file.h"
#include "kernel/host.h"
#include "kernel/mounts.h"
#include "kernel/objects.h"
#include "kernel/params.h"
#include "kernel/stats.h"
#include "live/clock_offset.h"
#include "live/known_slots.h"
#include "live/slab_flags.h"

namespace kfence {
namespace {

std::uint64_t monotonic_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

bool same_settings(const SettingsEvent& a, const SettingsEvent& b) {
    return a.sample_interval_ms == b.sample_interval_ms && a.skip_covered_thresh == b.skip_covered_thresh &&
           a.burst == b.burst && a.deferrable == b.deferrable;
}

class PollSource final : public Source {
public:
    PollSource(std::string root, MonotonicClock clock, StatsReader stats, ObjectsReader objects);

    [[nodiscard]] const SourceInfo& info() const noexcept override { return info_; }
    [[nodiscard]] Names& names() noexcept override { return names_; }
    [[nodiscard]] int wait_fd() const noexcept override { return -1; }
    Result<bool> drain(EventBatch& /*out*/, std::size_t /*max_events*/) override { return true; }
    Result<void> read_counters(EventBatch& out) override;
    Result<void> read_state(EventBatch& out) override;
    Result<void> walk(EventBatch& out) override;
    [[nodiscard]] KernelNs now() override { return steady_.reach(clock_, monotonic_()); }

    /// Before anybody asks for the time: a first guess that is too late could not be taken back.
    Result<void> set_clock();

private:
    void learn_clock(const ObjectRecord& record);

    std::string root_;
    MonotonicClock monotonic_;
    SourceInfo info_;
    Names names_;
    StatsReader stats_;
    ObjectsReader objects_;
    KnownSlots slots_{names_};
    SlabFlagWatch slab_flags_;
    ClockOffset clock_;
    SteadyClock steady_;
    std::optional<SettingsEvent> settings_;
    std::uint64_t malformed_ = 0;
    std::uint64_t failed_walks_ = 0;
};

PollSource::PollSource(std::string root, MonotonicClock clock, StatsReader stats, ObjectsReader objects)
    : root_(std::move(root)), monotonic_(std::move(clock)), stats_(std::move(stats)), objects_(std::move(objects)),
      slab_flags_(root_) {
    const Host host = read_host(root_);
    info_.host = host.name;
    info_.kernel = host.release;
    info_.backend = "poll";
    info_.complete_stream = false;
    info_.blind = {"objects that live shorter than a refresh, but for the kernel's counters",
                   "reports, but for their number", "which caches were refused", "process and cgroup of an allocation"};
}

/// A record was printed at its time and its age together, a moment ago. Without an age its time at least has passed.
void PollSource::learn_clock(const ObjectRecord& record) {
    if (!record.alloc.at) {
        return;
    }
    const std::uint64_t mono = monotonic_();
    if (record.alloc.ago) {
        clock_.add(*record.alloc.at + *record.alloc.ago, mono);
    } else if (*record.alloc.at > clock_.to_kernel(mono)) {
        clock_.add(*record.alloc.at, mono);
    }
}

Result<void> PollSource::set_clock() {
    const auto walked = objects_.walk([this](const ObjectRecord& record) { learn_clock(record); });
    return walked ? Result<void>() : std::unexpected(walked.error());
}

Result<void> PollSource::read_counters(EventBatch& out) {
    auto counters = stats_.read();
    if (!counters) {
        return std::unexpected(counters.error());
    }
    counters->time = now();
    out.emplace_back(*counters);
    return {};
}

Result<void> PollSource::read_state(EventBatch& out) {
    const KernelNs time = now();
    const auto append = [&](LossCause cause, std::uint64_t count) {
        if (count != 0) {
            out.emplace_back(LossEvent{.time = time, .cause = cause, .count = count});
        }
    };
    append(LossCause::kUndecodable, std::exchange(malformed_, 0));
    append(LossCause::kWalk, std::exchange(failed_walks_, 0));
    SettingsEvent settings = read_settings(root_);
    settings.time = time;
    if (!settings_ || !same_settings(*settings_, settings)) {
        out.emplace_back(settings);
        settings_ = settings;
    }
    slab_flags_.scan(time, names_, out);
    return {};
}

Result<void> PollSource::walk(EventBatch& out) {
    slots_.begin_walk();
    const auto walked = objects_.walk([&](const ObjectRecord& record) {
        if (record.state == SlotState::kUnused) {
            slots_.clear(record.slot);
            return;
        }
        learn_clock(record);
        out.emplace_back(slots_.event_of(record, now()));
    });
    slots_.end_walk();
    if (!walked) {
        failed_walks_++;
        return std::unexpected(walked.error());
    }
    malformed_ += walked->malformed;
    if (walked->objects == 0) {
        failed_walks_++;
        return fail(ErrorKind::kFailed, "kfence/objects has no slot that can be understood");
    }
    out.emplace_back(WalkEvent{.time = now(), .objects = walked->objects});
    return {};
}

/// Why there is no kfence folder in debugfs, and what helps.
Error explain_missing(const std::string& root, Error error) {
    const std::string debugfs = "/sys/kernel/debug";
    if (file_state(rooted(root, kStatsPath)) != FileState::kMissing) {
        return error;
    }
    if (!is_mounted(read_mounts(root), "debugfs", debugfs)) {
        error.message = fmt::format("debugfs is not mounted: mount -t debugfs none {}", debugfs);
    } else if (read_settings(root).sample_interval_ms == 0) {
        error.message = fmt::format("KFENCE is off and has no pool yet: echo 100 > {}", kSampleIntervalPath);
    }
    return error;
}

} // namespace

Result<std::unique_ptr<Source>> open_poll_source(const std::string& root, MonotonicClock clock) {
    auto stats = StatsReader::open(root);
    if (!stats) {
        return std::unexpected(explain_missing(root, stats.error()));
    }
    auto objects = ObjectsReader::open(root);
    if (!objects) {
        return std::unexpected(objects.error());
    }
    auto source = std::make_unique<PollSource>(root, clock ? std::move(clock) : monotonic_now, std::move(*stats),
                                               std::move(*objects));
    if (auto set = source->set_clock(); !set) {
        return std::unexpected(set.error());
    }
    return source;
}

} // namespace kfence
