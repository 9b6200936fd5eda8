// SPDX-License-Identifier: Apache-2.0
#include "store/trace_cursor.h"

#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace kfence {
namespace {

constexpr std::int64_t kMostRow = std::int64_t{1} << 53U;

struct TableQuery {
    std::string_view name;
    std::string_view columns; ///< after seq and machine
};
/// In the order of enum Table.
constexpr std::array<TableQuery, 9> kQueries = {
    {{"events", "time, kind, slot, cache, size, stack, task, cpu, object"},
     {"slots",
      "time, origin, slot, state, cache, size, allocated_at, freed_at, alloc_stack, free_stack, task, cpu, object"},
     {"walks", "time, objects, keyframe"},
     {"skips", "time, reason, count, cache, size"},
     {"settings", "time, sample_interval_ms, skip_covered_thresh, burst, deferrable_timer, disabled_by_warn"},
     {"cache_skips", "time, cache, skip"},
     {"stats", "time, unix_time, settled, enabled, allocated, allocs, frees, zombies, bugs, skip_incompatible,"
               " skip_capacity, skip_covered, skip_quota"},
     {"losses", "time, cause, count"},
     {"reports", "time, type, access, slot, cache, size, offset, allocated_at, freed_at, access_stack, alloc_stack,"
                 " free_stack, task, cpu, alloc_task, alloc_cpu, free_task, free_cpu, object"}}};

} // namespace

TraceCursor::TraceCursor(StoredNames stored, const std::string& path, std::size_t machines)
    : stored_(std::move(stored)), path_(&path), shadows_(machines + 1), walked_(machines + 1) {}

Result<TraceCursor> TraceCursor::create(TraceFile& file, Names& names, std::int64_t machine) {
    auto stored = StoredNames::create(file.database(), names);
    if (!stored) {
        return std::unexpected(stored.error());
    }
    TraceCursor out(std::move(*stored), file.path(), file.machines().size());
    auto beginning = file.database().prepare("SELECT time FROM events WHERE seq = ?1 AND kind = 0 UNION ALL"
                                             " SELECT allocated_at FROM slots WHERE seq = ?1 AND object = ?1");
    if (!beginning) {
        return std::unexpected(beginning.error());
    }
    out.find_beginning_ = std::move(*beginning);
    for (std::size_t i = 0; i < kTableCount; ++i) {
        // NOT INDEXED: an index that somebody added is not trusted.
        auto rows = file.database().prepare(
            fmt::format("SELECT seq, machine, {} FROM {} NOT INDEXED {} ORDER BY seq", kQueries[i].columns,
                        kQueries[i].name, machine == 0 ? "" : fmt::format("WHERE machine = {}", machine)));
        if (!rows) {
            return std::unexpected(rows.error());
        }
        out.streams_[i].rows = std::move(*rows);
        if (auto stepped = out.step(out.streams_[i]); !stepped) {
            return std::unexpected(stepped.error());
        }
    }
    return out;
}

Result<void> TraceCursor::step(Stream& stream) {
    const auto stepped = stream.rows.step();
    if (!stepped) {
        return std::unexpected(stepped.error());
    }
    stream.done = !*stepped;
    stream.seq = *stepped ? stream.rows.integer(0) : std::numeric_limits<std::int64_t>::max();
    return {};
}

Result<bool> TraceCursor::next(TraceRecord& out) {
    std::size_t first = 0;
    for (std::size_t i = 1; i < kTableCount; ++i) {
        first = streams_[i].seq < streams_[first].seq ? i : first;
    }
    Stream& stream = streams_[first];
    if (stream.done) {
        return false;
    }
    row_ = &stream.rows;
    wrong_column_ = -1;
    const auto table = static_cast<Table>(first);
    out = TraceRecord();
    out.seq = stream.seq;
    out.machine = bounded(1, 1, static_cast<std::int64_t>(shadows_.size()) - 1);
    auto decoded = wrong_column_ < 0 ? decode(table, out) : Result<void>{};
    if (wrong_column_ >= 0) {
        return damaged(table, stream.seq);
    }
    if (!decoded) {
        return std::unexpected(decoded.error());
    }
    if (auto stepped = step(stream); !stepped) {
        return std::unexpected(stepped.error());
    }
    return true;
}

std::unexpected<Error> TraceCursor::damaged(Table table, std::int64_t seq) const {
    return fail(ErrorKind::kFailed,
                fmt::format("{}: it is damaged: in table {}, in the row with seq {}, {} is {}", sanitize(*path_),
                            kQueries[static_cast<std::size_t>(table)].name, seq, row_->column_name(wrong_column_),
                            sanitize(row_->text(wrong_column_).substr(0, 40))));
}

std::int64_t TraceCursor::bounded(int column, std::int64_t least, std::int64_t most) {
    const std::int64_t value = row_->integer(column);
    if (value < least || value > most || !row_->is_integer_or_null(column)) {
        wrong_column_ = wrong_column_ < 0 ? column : wrong_column_;
        return least;
    }
    return value;
}

std::int64_t TraceCursor::row_id(int column) {
    return bounded(column, 0, kMostRow);
}

KernelNs TraceCursor::time(int column) {
    return static_cast<KernelNs>(bounded(column, 0, kMostTraceTime));
}

std::uint32_t TraceCursor::count32(int column) {
    return static_cast<std::uint32_t>(bounded(column, 0, std::numeric_limits<std::uint32_t>::max()));
}

Slot TraceCursor::slot(int column) {
    return static_cast<Slot>(bounded(column, 0, kMaxTraceSlots - 1));
}

std::int16_t TraceCursor::cpu(int column) {
    return row_->is_null(column)
               ? std::int16_t{-1}
               : static_cast<std::int16_t>(bounded(column, 0, std::numeric_limits<std::int16_t>::max()));
}

std::optional<std::uint64_t> TraceCursor::count(int column) {
    return row_->is_null(column) ? std::nullopt
                                 : std::optional(static_cast<std::uint64_t>(bounded(column, 0, kMostTraceTime)));
}

std::optional<bool> TraceCursor::flag(int column) {
    return row_->is_null(column) ? std::nullopt : std::optional(bounded(column, 0, 1) != 0);
}

Result<void> TraceCursor::decode(Table table, TraceRecord& out) {
    switch (table) {
    case Table::kEvents:
        return decode_event(out);
    case Table::kSlots:
        return decode_slot(out);
    case Table::kWalks:
        decode_walk(out);
        return {};
    case Table::kSkips:
        return decode_skip(out);
    case Table::kSettings:
        decode_settings(out);
        return {};
    case Table::kCacheSkips:
        return decode_cache_skip(out);
    case Table::kStats:
        decode_stats(out);
        return {};
    case Table::kLosses:
        decode_loss(out);
        return {};
    case Table::kReports:
        break;
    }
    return decode_report(out);
}

} // namespace kfence
