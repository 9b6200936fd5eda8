// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/recorder.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

#include <fmt/format.h>

#include "tools/common/pulse.h"
#include "view/format.h"

namespace kfence {
namespace {

constexpr std::chrono::milliseconds kRefresh{1000};
constexpr std::chrono::milliseconds kCommit{500};
/// Refreshes that are tried for counters that agree with what was recorded.
constexpr int kLastRefreshes = 20;

double seconds_between(Clock::time_point begin, Clock::time_point end) {
    return std::chrono::duration<double>(end - begin).count();
}

std::string size_text(std::uint64_t bytes) {
    constexpr double kMega = 1e6;
    return bytes < 1'000'000 ? fmt::format("{} kB", bytes / 1000)
                             : fmt::format("{:.1f} MB", static_cast<double>(bytes) / kMega);
}

void write_stderr(const std::string& text) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

} // namespace

ClockAnchor clock_now(Source& source) {
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    return {.kernel = source.now(), .unix_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count()};
}

Result<void> Recorder::run() {
    const auto begun = Clock::now();
    shows_progress_ = ::isatty(STDERR_FILENO) == 1;
    Result<void> recorded = begin();
    if (recorded) {
        recorded = record();
    }
    seconds_ = seconds_between(begun, Clock::now());
    if (recorded) {
        if (const auto settled = settle_at_the_end(); !settled) {
            recorded = std::unexpected(settled.error());
        }
    }
    clear_progress();
    Result<void> finished = sink_.finish(clock_now(session_.source()));
    return recorded ? finished : recorded;
}

Result<void> Recorder::begin() {
    if (auto started = session_.start(); !started) {
        return started;
    }
    const bool settled = session_.model().agreement() == Agreement::kEqual;
    if (auto sampled = sink_.sample(clock_now(session_.source()), settled, 0); !sampled) {
        return sampled;
    }
    if (auto committed = sink_.commit(); !committed) {
        return committed;
    }
    if (!options_.command.empty()) {
        auto child = RecordChild::start(options_.command);
        if (!child) {
            return std::unexpected(child.error());
        }
        child_.emplace(std::move(*child));
    }
    return {};
}

Result<void> Recorder::refresh() {
    if (auto refreshed = session_.refresh(); !refreshed) {
        return refreshed;
    }
    const auto drifts = session_.model().snapshot({.max_stacks = 0, .objects = false}).anomalies.drift_events;
    return sink_.sample(clock_now(session_.source()), session_.model().agreement() == Agreement::kEqual, drifts);
}

Result<void> Recorder::record() {
    Pulse pulse(session_, {.signals = signals_.fd()});
    const auto begun = Clock::now();
    const auto end =
        options_.duration_s
            ? begun + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*options_.duration_s))
            : Clock::time_point::max();
    auto next_refresh = begun + kRefresh;
    auto next_commit = begun + kCommit;
    while (!done_ && Clock::now() < end) {
        const Result<Ready> ready = pulse.wait(std::min({next_refresh, next_commit, end}));
        if (!ready) {
            return std::unexpected(ready.error());
        }
        take_signals();
        const auto now = Clock::now();
        if (now >= next_refresh) {
            if (auto refreshed = refresh(); !refreshed) {
                return refreshed;
            }
            next_refresh = std::max(next_refresh + kRefresh, now);
            seconds_ = seconds_between(begun, now);
            show_progress();
            done_ = done_ || session_.finished();
        }
        if (now >= next_commit) {
            if (auto committed = sink_.commit(); !committed) {
                return committed;
            }
            next_commit = std::max(next_commit + kCommit, now);
        }
        done_ = done_ || sink_.is_gone();
    }
    return {};
}

void Recorder::take_signals() {
    while (const auto signal = signals_.take()) {
        done_ = done_ || is_ending(*signal) || (*signal == SIGCHLD && child_ && child_->has_ended());
    }
}

/// The last sample is to be one with which all events before it agree. Without counters there is none.
Result<bool> Recorder::settle_at_the_end() {
    for (int i = 0; i < kLastRefreshes; ++i) {
        if (auto refreshed = refresh(); !refreshed) {
            return std::unexpected(refreshed.error());
        }
        if (session_.model().agreement() == Agreement::kEqual || !session_.source().info().has_counters ||
            session_.finished()) {
            return true;
        }
    }
    return false;
}

void Recorder::show_progress() {
    if (shows_progress_) {
        const WriterTotals& totals = sink_.totals();
        write_stderr(fmt::format("\r{:.0f} s   {} events   {} reports   {}   lost {}\x1b[K", seconds_,
                                 format_count(totals.events), totals.reports, size_text(sink_.bytes()), totals.lost));
    }
}

void Recorder::clear_progress() {
    if (shows_progress_) {
        write_stderr("\r\x1b[K");
    }
}

} // namespace kfence
