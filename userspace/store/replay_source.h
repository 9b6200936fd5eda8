// SPDX-License-Identifier: Apache-2.0
// A recording as a source: the same events in the same order, at the times that its Timeline is told to go to.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "source/source.h"
#include "source/timeline.h"
#include "store/trace_cursor.h"
#include "store/trace_file.h"

namespace kfence {

class ReplaySource final : public Source, public Timeline {
public:
    /// `machine` as TraceFile::machine() takes it; needed for a file of several. Errors are kUsage for what is no
    /// recording, and for a machine that it does not have.
    [[nodiscard]] static Result<std::unique_ptr<ReplaySource>> open(const std::string& path,
                                                                    const std::string& machine);

    [[nodiscard]] const SourceInfo& info() const noexcept override { return info_; }
    [[nodiscard]] Names& names() noexcept override { return names_; }
    [[nodiscard]] int wait_fd() const noexcept override { return -1; }
    /// Returns false also where the recording says that what its counters count had not all come.
    Result<bool> drain(EventBatch& out, std::size_t max_events) override;
    /// Those of this moment, as often as they are asked for.
    Result<void> read_counters(EventBatch& out) override;
    Result<void> read_state(EventBatch& /*out*/) override { return {}; }
    /// The pool as the rows so far say it stands.
    Result<void> walk(EventBatch& out) override;
    [[nodiscard]] KernelNs now() override { return position(); }
    [[nodiscard]] std::string cgroup_path(std::uint64_t id) override;
    [[nodiscard]] bool finished() const noexcept override { return arrived_ && target_ + 1 == frames_.size(); }
    [[nodiscard]] Timeline* timeline() noexcept override { return this; }

    [[nodiscard]] KernelNs begin() const noexcept override { return frames_.front(); }
    [[nodiscard]] KernelNs end() const noexcept override { return frames_.back(); }
    [[nodiscard]] KernelNs position() const noexcept override { return frames_[target_]; }
    [[nodiscard]] KernelNs at(KernelNs time) const noexcept override { return frames_[frame_at(time)]; }
    [[nodiscard]] KernelNs after(KernelNs time) const noexcept override;
    [[nodiscard]] KernelNs before(KernelNs time) const noexcept override;
    void advance_to(KernelNs time) noexcept override;
    [[nodiscard]] bool arrived() const noexcept override { return arrived_; }
    Result<void> rewind() override;
    [[nodiscard]] std::optional<KernelNs> next_report(KernelNs time) const override;
    [[nodiscard]] std::optional<KernelNs> previous_report(KernelNs time) const override;
    [[nodiscard]] std::int64_t unix_time(KernelNs time) const noexcept override {
        return file_.unix_time(machine_, time);
    }

private:
    ReplaySource(TraceFile file, std::int64_t machine);
    Result<void> read_times();
    Result<void> add_tail(std::int64_t last_reading);
    Result<void> make_frames();
    [[nodiscard]] std::size_t frame_at(KernelNs time) const noexcept;
    Result<void> deliver(EventBatch& out);
    Result<void> complete_walk(const WalkEvent& walk, EventBatch& out);

    TraceFile file_;
    std::int64_t machine_;
    SourceInfo info_;
    Names names_;
    std::uint64_t generation_ = 0;
    std::optional<TraceCursor> cursor_;
    TraceRecord record_;
    std::vector<KernelNs> frames_;  ///< ascending
    std::vector<KernelNs> reports_; ///< frames that show one first, ascending
    bool has_counters_ = true;      ///< the frames are rows of stats; the last one may be what came after them
    std::size_t target_ = 0;        ///< frame
    std::size_t next_frame_ = 0;    ///< that the rows come to
    bool arrived_ = false;
    bool at_end_ = false;                   ///< of the rows
    std::optional<CountersEvent> counters_; ///< of the frame
    bool settled_ = true;
    std::vector<bool> walked_slots_; ///< since the walk before
    std::uint32_t objects_ = 0;
};

} // namespace kfence
