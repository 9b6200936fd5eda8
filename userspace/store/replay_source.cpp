// SPDX-License-Identifier: Apache-2.0
#include "store/replay_source.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/text.h"

namespace kfence {
namespace {

/// Between the frames of a recording without counters.
constexpr KernelNs kFrame = 1'000'000'000;
/// Of such a recording; longer ones get longer frames.
constexpr KernelNs kMostFrames = 1'000'000;

KernelNs time_of(const Event& event) {
    return std::visit([](const auto& e) { return e.time; }, event);
}

struct Reading {
    std::int64_t seq = 0;
    KernelNs time = 0;
};

/// Rows of (seq, time) in the order of seq, with times made ascending.
Result<std::vector<Reading>> readings(Database& database, const std::string& sql) {
    std::vector<Reading> out;
    auto rows = database.prepare(sql);
    if (!rows) {
        return std::unexpected(rows.error());
    }
    for (auto row = rows->step(); !row || *row; row = rows->step()) {
        if (!row) {
            return std::unexpected(row.error());
        }
        const auto time = static_cast<KernelNs>(std::clamp<std::int64_t>(rows->integer(1), 0, kMostTraceTime));
        out.push_back({.seq = rows->integer(0), .time = out.empty() ? time : std::max(out.back().time, time)});
    }
    return out;
}

} // namespace

ReplaySource::ReplaySource(TraceFile file, std::int64_t machine)
    : file_(std::move(file)), machine_(machine), info_(file_.machines()[static_cast<std::size_t>(machine - 1)].source) {
    info_.backend = "replay";
}

Result<std::unique_ptr<ReplaySource>> ReplaySource::open(const std::string& path, const std::string& machine) {
    auto file = TraceFile::open(path);
    if (!file) {
        return std::unexpected(file.error());
    }
    auto number = file->machine(machine);
    if (!number) {
        return std::unexpected(number.error());
    }
    if (*number == 0 && file->machines().size() > 1) {
        return fail(ErrorKind::kUsage, fmt::format("{} holds {} machines: say which, as in replay:{}#1", sanitize(path),
                                                   file->machines().size(), sanitize(path)));
    }
    std::unique_ptr<ReplaySource> out(new ReplaySource(std::move(*file), std::max<std::int64_t>(*number, 1)));
    if (auto read = out->read_times(); !read) {
        return std::unexpected(read.error());
    }
    if (auto begun = out->rewind(); !begun) {
        return std::unexpected(begun.error());
    }
    return out;
}

Result<void> ReplaySource::read_times() {
    const auto all = [this](const char* table) {
        return readings(file_.database(), fmt::format("SELECT seq, time FROM {} NOT INDEXED WHERE machine = {}"
                                                      " ORDER BY seq",
                                                      table, machine_));
    };
    const auto stats = all("stats");
    const auto reports = all("reports");
    if (!stats || !reports) {
        return std::unexpected(stats ? reports.error() : stats.error());
    }
    for (const Reading& reading : *stats) {
        frames_.push_back(reading.time);
    }
    has_counters_ = !frames_.empty();
    if (auto rest = has_counters_ ? add_tail(stats->back().seq) : make_frames(); !rest) {
        return rest;
    }
    for (const Reading& report : *reports) {
        // What a frame shows are the rows before its own, whatever their times are.
        const auto shown = has_counters_
                               ? std::ranges::upper_bound(*stats, report.seq, {}, &Reading::seq) - stats->begin()
                               : std::ranges::lower_bound(frames_, report.time) - frames_.begin();
        reports_.push_back(frames_[std::min(static_cast<std::size_t>(shown), frames_.size() - 1)]);
    }
    std::ranges::sort(reports_);
    return {};
}

/// What came after the last reading is a frame of its own: the recording was cut off, and this was the last of it.
Result<void> ReplaySource::add_tail(std::int64_t last_reading) {
    std::string rows;
    for (const char* table : {"events", "skips", "losses", "reports"}) {
        rows += fmt::format("{}SELECT seq, time FROM {} NOT INDEXED WHERE seq > {} AND machine = {}",
                            rows.empty() ? "" : " UNION ALL ", table, last_reading, machine_);
    }
    const auto last = readings(file_.database(), fmt::format("SELECT max(seq), max(time) FROM ({})", rows));
    if (!last) {
        return std::unexpected(last.error());
    }
    if (!last->empty() && last->back().seq > 0) {
        frames_.push_back(std::max(last->back().time, frames_.back() + 1));
    }
    return {};
}

/// For a recording without counters.
Result<void> ReplaySource::make_frames() {
    info_.has_counters = false;
    const std::string times = fmt::format("(SELECT time FROM events WHERE machine = {0} UNION ALL"
                                          " SELECT time FROM walks WHERE machine = {0})",
                                          machine_);
    const auto bounds = readings(file_.database(), fmt::format("SELECT 0, min(time) FROM {0} UNION ALL"
                                                               " SELECT 1, max(time) FROM {0}",
                                                               times));
    if (!bounds) {
        return std::unexpected(bounds.error());
    }
    const KernelNs first = bounds->empty() ? 0 : bounds->front().time;
    const KernelNs last = bounds->empty() ? 0 : bounds->back().time;
    const KernelNs step = std::max(kFrame, (last - first) / kMostFrames);
    for (KernelNs time = first; time < last; time += step) {
        frames_.push_back(time);
    }
    frames_.push_back(last);
    return {};
}

Result<void> ReplaySource::rewind() {
    auto cursor = TraceCursor::create(file_, names_, machine_);
    if (!cursor) {
        return std::unexpected(cursor.error());
    }
    cursor_ = std::move(*cursor);
    generation_ = names_.generation();
    target_ = 0;
    next_frame_ = 0;
    arrived_ = false;
    at_end_ = false;
    counters_.reset();
    settled_ = true;
    walked_slots_.clear();
    objects_ = 0;
    return {};
}

std::size_t ReplaySource::frame_at(KernelNs time) const noexcept {
    const auto later = std::ranges::upper_bound(frames_, time);
    return later == frames_.begin() ? 0 : static_cast<std::size_t>(later - frames_.begin()) - 1;
}

KernelNs ReplaySource::after(KernelNs time) const noexcept {
    const auto later = std::ranges::upper_bound(frames_, time);
    return later == frames_.end() ? frames_.back() : *later;
}

KernelNs ReplaySource::before(KernelNs time) const noexcept {
    const auto here = std::ranges::lower_bound(frames_, time);
    return here == frames_.begin() ? frames_.front() : *(here - 1);
}

std::optional<KernelNs> ReplaySource::next_report(KernelNs time) const {
    const auto later = std::ranges::upper_bound(reports_, time);
    return later == reports_.end() ? std::nullopt : std::optional(*later);
}

std::optional<KernelNs> ReplaySource::previous_report(KernelNs time) const {
    const auto here = std::ranges::lower_bound(reports_, time);
    return here == reports_.begin() ? std::nullopt : std::optional(*(here - 1));
}

void ReplaySource::advance_to(KernelNs time) noexcept {
    const std::size_t frame = frame_at(time);
    if (frame > target_) {
        target_ = frame;
        arrived_ = false;
        counters_.reset();
    }
}

Result<bool> ReplaySource::drain(EventBatch& out, std::size_t max_events) {
    if (names_.generation() != generation_) {
        generation_ = names_.generation();
        cursor_->forget();
    }
    // A row that was read is delivered: its ids would not outlive the call.
    const std::size_t most = out.size() + max_events;
    while (!arrived_ && out.size() < most) {
        const auto more = cursor_->next(record_);
        if (!more) {
            return std::unexpected(more.error());
        }
        if (!*more) {
            at_end_ = true;
            arrived_ = true;
            break;
        }
        if (auto delivered = deliver(out); !delivered) {
            return std::unexpected(delivered.error());
        }
    }
    return arrived_ && settled_;
}

Result<void> ReplaySource::deliver(EventBatch& out) {
    if (const auto* counters = std::get_if<CountersEvent>(&record_.event)) {
        if (next_frame_++ == target_) {
            counters_ = *counters;
            settled_ = record_.settled;
            arrived_ = true;
        }
        return {};
    }
    if (record_.repeats || (std::holds_alternative<SlotEvent>(record_.event) && record_.origin == SlotOrigin::kEnd)) {
        return {};
    }
    if (const auto* walk = std::get_if<WalkEvent>(&record_.event)) {
        return complete_walk(*walk, out);
    }
    if (const auto* slot = std::get_if<SlotEvent>(&record_.event)) {
        if (slot->slot >= walked_slots_.size()) {
            walked_slots_.resize(slot->slot + std::size_t{1});
        }
        walked_slots_[slot->slot] = true;
    }
    out.push_back(record_.event);
    // Not before the pool as it stood at the beginning.
    const bool is_last = target_ + 1 == frames_.size();
    arrived_ = arrived_ || (!has_counters_ && objects_ > 0 && !is_last && time_of(record_.event) >= position());
    return {};
}

/// The recording has what the walk found anew; the rest is what was known already.
Result<void> ReplaySource::complete_walk(const WalkEvent& walk, EventBatch& out) {
    for (const SlotRow& row : cursor_->shadow(machine_).slots()) {
        const bool is_there = row.slot < walked_slots_.size() && walked_slots_[row.slot];
        if (row.state == SlotState::kUnused || is_there) {
            continue;
        }
        auto slot = cursor_->slot_event(row, walk.time);
        if (!slot) {
            return std::unexpected(slot.error());
        }
        out.emplace_back(std::move(*slot));
    }
    walked_slots_.clear();
    objects_ = walk.objects;
    out.emplace_back(walk);
    return {};
}

Result<void> ReplaySource::read_counters(EventBatch& out) {
    if (arrived_ && counters_) {
        out.emplace_back(*counters_);
    }
    return {};
}

Result<void> ReplaySource::walk(EventBatch& out) {
    if (objects_ == 0) {
        out.emplace_back(WalkEvent{.time = position(), .objects = 0});
        return {};
    }
    walked_slots_.clear();
    return complete_walk({.time = position(), .objects = objects_}, out);
}

std::string ReplaySource::cgroup_path(std::uint64_t id) {
    return id == 0 ? std::string() : cursor_->cgroup_path(id).value_or(std::string());
}

} // namespace kfence
