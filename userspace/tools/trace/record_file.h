// SPDX-License-Identifier: Apache-2.0
// Recording into a trace file, whole or the last minutes of it, with copies when a bug was found.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "tools/trace/event_sink.h"

namespace kfence {

struct RecordFileOptions {
    std::string path;
    MachineInfo machine;
    CgroupResolver cgroups;
    std::optional<std::uint64_t> ring_ns; ///< keep at least so much
    bool on_report = false;               ///< save copies
    bool raw_addresses = false;           ///< also those of frames
};

/// Of a recording that saves copies. The last half is kept for bugs that no copy has yet.
inline constexpr std::size_t kMostCopies = 64;

class RecordFile final : public EventSink {
public:
    /// Creates the file. Errors are kUsage for one that exists.
    [[nodiscard]] static Result<std::unique_ptr<RecordFile>> create(const RecordFileOptions& options);

    Result<void> write(std::span<const Event> events, const Names& names) override;
    Result<void> sample(const ClockAnchor& now, bool settled, std::uint64_t drifts) override;
    Result<void> commit() override;
    Result<void> finish(const ClockAnchor& end) override;
    [[nodiscard]] const WriterTotals& totals() const override { return writer_.totals(); }
    [[nodiscard]] std::uint64_t bytes() const override { return writer_.bytes(); }
    [[nodiscard]] std::string place() const override { return options_.path; }

    /// Events that are safe.
    [[nodiscard]] std::uint64_t committed() const noexcept { return committed_; }
    /// After finish(): false when FILE-wal is a part of the recording.
    [[nodiscard]] bool is_one_file() const { return writer_.is_one_file(); }
    [[nodiscard]] std::size_t copies() const noexcept { return copies_; }

private:
    RecordFile(RecordFileOptions options, TraceWriter writer);
    void watch(const ReportEvent& report, const Names& names);
    void copy(const ClockAnchor& end);
    void watch_log();

    RecordFileOptions options_;
    TraceWriter writer_;
    std::uint64_t committed_ = 0;
    KernelNs last_trim_ = 0;
    std::set<std::string> titles_;      ///< of the bugs that a copy has, or will have
    std::optional<KernelNs> copy_from_; ///< when the report came that is to be copied
    std::size_t copies_ = 0;
    std::size_t failed_copies_ = 0;
    std::string copy_error_; ///< of the last of those
    bool warned_of_log_ = false;
};

} // namespace kfence
