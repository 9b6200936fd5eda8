// SPDX-License-Identifier: Apache-2.0
// All rows of a recording, in the order in which they were recorded, as the events that they were.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/event.h"
#include "event/names.h"
#include "store/schema.h"
#include "store/slot_shadow.h"
#include "store/stored_names.h"
#include "store/trace_file.h"

namespace kfence {

struct TraceRecord {
    std::int64_t seq = 0;
    std::int64_t machine = 1;
    /// What an alloc, its end, a report or an occupied slot is about: the same number for all rows of one object, in
    /// whatever order they come. 0: none, or not known.
    std::int64_t object = 0;
    SlotOrigin origin = SlotOrigin::kAgain; ///< of a SlotEvent
    /// A SlotEvent, WalkEvent, SettingsEvent or CacheSkipEvent that is part of a repetition of what is known already.
    bool repeats = false;
    bool settled = false;     ///< of a CountersEvent: all that it counts is in the rows before it
    std::int64_t unix_ns = 0; ///< of a CountersEvent
    /// The ids are those of the Names table of the cursor, but `Task::cgroup` is a row for cgroup_path().
    Event event;
};

class TraceCursor {
public:
    /// `machine` 0: all of them. Both must live as long as the cursor, and nothing may be forgotten from `names` save
    /// by its forget().
    static Result<TraceCursor> create(TraceFile& file, Names& names, std::int64_t machine = 0);

    /// The next row; false at the end. Errors name the row.
    Result<bool> next(TraceRecord& out);

    /// What the rows so far say about the slots of a machine. Ids are rows of the file.
    [[nodiscard]] const SlotShadow& shadow(std::int64_t machine) const { return shadows_.at(index(machine)); }
    /// A slot of the shadow as the walk at `time` found it.
    Result<SlotEvent> slot_event(const SlotRow& row, KernelNs time);

    /// Of `Task::cgroup`. Its path is sanitized; empty where it is not known.
    [[nodiscard]] Result<Cgroup> cgroup(std::uint64_t row) { return stored_.cgroup(static_cast<std::int64_t>(row)); }
    [[nodiscard]] Result<std::string> cgroup_path(std::uint64_t row) {
        auto found = cgroup(row);
        return found ? Result<std::string>(std::move(found->path)) : std::unexpected(found.error());
    }
    /// Ids were forgotten from the Names table.
    void forget() { stored_.forget(); }

private:
    enum class Table : std::uint8_t {
        kEvents,
        kSlots,
        kWalks,
        kSkips,
        kSettings,
        kCacheSkips,
        kStats,
        kLosses,
        kReports
    };
    static constexpr std::size_t kTableCount = 9;
    struct Stream {
        Statement rows;
        std::int64_t seq = 0; ///< of the row at hand
        bool done = false;
    };

    TraceCursor(StoredNames stored, const std::string& path, std::size_t machines);
    [[nodiscard]] static std::size_t index(std::int64_t machine) noexcept { return static_cast<std::size_t>(machine); }

    Result<void> step(Stream& stream);
    Result<void> decode(Table table, TraceRecord& out);
    Result<void> decode_event(TraceRecord& out);
    Result<void> decode_slot(TraceRecord& out);
    void decode_walk(TraceRecord& out);
    Result<void> decode_skip(TraceRecord& out);
    void decode_settings(TraceRecord& out);
    Result<void> decode_cache_skip(TraceRecord& out);
    void decode_stats(TraceRecord& out);
    void decode_loss(TraceRecord& out);
    Result<void> decode_report(TraceRecord& out);

    Result<KernelNs> beginning_of(const EventRow& event, std::int64_t machine);
    Result<Task> task(std::int64_t row, std::int16_t cpu);

    // Columns of the row at hand; one that is out of its range is noted.
    std::int64_t bounded(int column, std::int64_t least, std::int64_t most);
    std::int64_t row_id(int column);
    KernelNs time(int column);
    std::uint32_t count32(int column);
    Slot slot(int column);
    std::int16_t cpu(int column);
    std::optional<std::uint64_t> count(int column);
    std::optional<bool> flag(int column);
    [[nodiscard]] std::unexpected<Error> damaged(Table table, std::int64_t seq) const;

    StoredNames stored_;
    const std::string* path_;
    std::array<Stream, kTableCount> streams_;
    Statement find_beginning_;
    std::vector<SlotShadow> shadows_; ///< by number of the machine
    std::vector<bool> walked_;        ///< by number of the machine
    const Statement* row_ = nullptr;  ///< at hand
    int wrong_column_ = -1;
};

} // namespace kfence
