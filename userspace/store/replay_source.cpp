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

/// Times of a query, made ascending.
Result<std::vector<KernelNs>> times(Database& database, const std::string& sql) {
    std::vector<KernelNs> out;
    auto rows = database.prepare(sql);
    if (!rows) {
        return std::unexpected(rows.error());
    }
    for (auto row = rows->step(); !row || *row; row = rows->step()) {
        if (!row) {
            return std::unexpected(row.error());
        }
        const auto time = static_cast<KernelNs>(std::clamp<std::int64_t>(rows->integer(0), 0, kMostTraceTime));
        out.push_back(out.empty() ? time : std::max(out.back(), time));
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
    auto frames = times(file_.database(),
                        fmt::format("SELECT time FROM stats NOT INDEXED WHERE machine = {} ORDER BY seq", machine_));
    auto reports = times(file_.database(),
                         fmt::format("SELECT time FROM reports NOT INDEXED WHERE machine = {} ORDER BY seq", machine_));
    if (!frames || !reports) {
        return std::unexpected(frames ? reports.error() : frames.error());
    }
    frames_ = std::move(*frames);
    reports_ = std::move(*reports);
    has_counters_ = !frames_.empty();
    if (has_counters_) {
        return {};
    }
    info_.has_counters = false;
    auto bounds = times(file_.database(),
                        fmt::format("SELECT min(time) FROM (SELECT time FROM events WHERE machine = {0} UNION ALL"
                                    " SELECT time FROM walks WHERE machine = {0}) UNION ALL"
                                    " SELECT max(time) FROM (SELECT time FROM events WHERE machine = {0} UNION ALL"
                                    " SELECT time FROM walks WHERE machine = {0})",
                                    machine_));
    if (!bounds) {
        return std::unexpected(bounds.error());
    }
    const KernelNs first = bounds->empty() ? 0 : bounds->front();
    const KernelNs last = bounds->empty() ? 0 : bounds->back();
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

KernelNs ReplaySource::frame_that_shows(KernelNs time) const noexcept {
    const auto here = std::ranges::lower_bound(frames_, time);
    return here == frames_.end() ? frames_.back() : *here;
}

std::optional<KernelNs> ReplaySource::next_report(KernelNs time) const {
    const auto later = std::ranges::find_if(reports_, [&](KernelNs t) { return frame_that_shows(t) > time; });
    return later == reports_.end() ? std::nullopt : std::optional(frame_that_shows(*later));
}

std::optional<KernelNs> ReplaySource::previous_report(KernelNs time) const {
    std::optional<KernelNs> found;
    for (const KernelNs report : reports_) {
        if (const KernelNs shown = frame_that_shows(report); shown < time) {
            found = shown;
        }
    }
    return found;
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

} // namespace kfence
