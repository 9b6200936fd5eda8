// SPDX-License-Identifier: Apache-2.0
// Writes a recording: events as they come, in transactions, each of which is durable once commit() returned.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "event/event.h"
#include "event/names.h"
#include "event/source_info.h"
#include "store/interner.h"

namespace kfence {

/// A moment of the kernel's clock and of CLOCK_REALTIME.
struct ClockAnchor {
    KernelNs kernel = 0;
    std::int64_t unix_ns = 0;
};

/// One machine that was recorded.
struct MachineInfo {
    SourceInfo source;
    std::string boot_id;
    std::string config; ///< the kernel's CONFIG_KFENCE lines, "X=value" each; empty when they cannot be read
    std::string tool;   ///< "kfence-trace 0.1.0"
    ClockAnchor started;
    std::optional<ClockAnchor> ended; ///< nullopt: still recording, or cut off
};

struct WriterOptions {
    /// How often the pool as it stands is repeated, for readers that start in the middle. In a file that is trimmed it
    /// bounds by how much more is kept than was asked for.
    std::uint64_t keyframe_ns = 60'000'000'000;
    /// Also the addresses of frames: they tell where the kernel is in memory.
    bool raw_addresses = false;
};

struct WriterTotals {
    std::uint64_t events = 0; ///< rows in which something happened: neither walks nor samples
    std::uint64_t allocs = 0;
    std::uint64_t frees = 0;
    std::uint64_t reports = 0;
    std::uint64_t lost = 0;
};

class TraceWriter {
public:
    /// Creates the file, which must not exist or be empty, and holds the lock of recording_lock.h on it. Errors are
    /// kUsage for a file that exists, and name it.
    [[nodiscard]] static Result<TraceWriter> create(const std::string& path, CgroupResolver resolve,
                                                    const WriterOptions& options = {});
    TraceWriter(TraceWriter&&) noexcept;
    TraceWriter& operator=(TraceWriter&&) noexcept;
    TraceWriter(const TraceWriter&) = delete;
    TraceWriter& operator=(const TraceWriter&) = delete;
    /// What was not committed is lost; the file is as it was at the last commit().
    ~TraceWriter();

    /// Returns the machine's number, from 1; machines must be added before their events.
    Result<std::int64_t> add_machine(const MachineInfo& machine);

    /// CountersEvents are kept until sample(). All other events are written in this order.
    Result<void> write(std::span<const Event> events, const Names& names, std::int64_t machine = 1);

    /// The last counters become a row, and, when it is time, the pool as it stands is repeated. `settled`: the counters
    /// were read at a moment when all events that they count had been written. Where that turns out to have been wrong,
    /// because what was under way at the start showed only later, the rows before lose that mark; but not across a
    /// loss, and not when `drifts`, the number of drifts that the model found so far, has grown.
    Result<void> sample(std::int64_t unix_ns, bool settled, std::uint64_t drifts = 0, std::int64_t machine = 1);

    Result<void> commit();

    /// Removes what is older than `oldest`, as far as it is older than the last repetition of the pool before that
    /// moment. For files of one machine.
    Result<void> trim(KernelNs oldest);

    /// Moves what was committed from the log into the file, so that the file alone is a recording up to here.
    Result<void> merge_log();

    /// Commits, and copies all of it to a file, as a recording that ended at `end`. Nothing is replaced, and an error
    /// leaves nothing behind: kUsage for a file that exists. For files of one machine.
    Result<void> copy_to(const std::string& path, const ClockAnchor& end);

    /// Notes the end of each machine, by number from 1 on, commits, and makes it one file that can be copied. Nothing
    /// can be written afterwards.
    Result<void> finish(std::span<const std::optional<ClockAnchor>> ends);

    /// After finish(): false when somebody who reads it kept the log from being joined. Then FILE-wal is a part of it.
    [[nodiscard]] bool is_one_file() const;

    [[nodiscard]] const WriterTotals& totals() const noexcept;
    /// Size of its -wal, bytes.
    [[nodiscard]] std::uint64_t log_bytes() const;
    /// Size of the file and of its -wal, bytes.
    [[nodiscard]] std::uint64_t bytes() const;

private:
    struct State;
    static Result<std::unique_ptr<State>> set_up(const std::string& path, UniqueFd lock, CgroupResolver resolve,
                                                 const WriterOptions& options);
    explicit TraceWriter(std::unique_ptr<State> state) noexcept;

    std::unique_ptr<State> state_;
};

} // namespace kfence
