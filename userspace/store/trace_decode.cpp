// SPDX-License-Identifier: Apache-2.0
// The rows of each table as events.
#include <array>
#include <utility>

#include "store/trace_cursor.h"

namespace kfence {
namespace {

/// Of one row: no sum of them overflows.
constexpr std::int64_t kMostLost = std::int64_t{1} << 40U;

constexpr int kObjectColumn = 10; ///< of table events

} // namespace

Result<Task> TraceCursor::task(std::int64_t row, std::int16_t cpu) {
    auto found = stored_.task(row);
    if (found) {
        found->cpu = cpu;
    }
    return found;
}

Result<KernelNs> TraceCursor::beginning_of(const EventRow& event, std::int64_t machine) {
    const SlotRow* held = shadow(machine).find(event.slot);
    if (held != nullptr && held->object == event.object) {
        return held->allocated_at;
    }
    find_beginning_.bind(0, event.object);
    const auto found = find_beginning_.step();
    if (!found) {
        return std::unexpected(found.error());
    }
    const KernelNs begin = *found ? static_cast<KernelNs>(find_beginning_.integer(0)) : 0;
    if (!*found || begin > static_cast<KernelNs>(kMostTraceTime)) {
        wrong_column_ = kObjectColumn; // there is no object of this number
        return KernelNs{0};
    }
    find_beginning_.reset();
    return begin;
}

Result<void> TraceCursor::decode_event(TraceRecord& out) {
    EventRow row{.time = time(2),
                 .kind = bounded(3, 0, kTraceKinds - 1),
                 .slot = slot(4),
                 .cache = row_id(5),
                 .size = count32(6),
                 .stack = row_id(7),
                 .task = row_id(8),
                 .cpu = cpu(9),
                 .object = row_id(10)};
    if (wrong_column_ >= 0) {
        return {};
    }
    const auto kind = static_cast<TraceKind>(row.kind);
    const auto cache = stored_.cache(row.cache);
    const auto stack = stored_.stack(row.stack);
    const auto by = task(row.task, row.cpu);
    if (!cache || !stack || !by) {
        return std::unexpected(!cache ? cache.error() : !stack ? stack.error() : by.error());
    }
    if (kind == TraceKind::kAlloc) {
        row.object = row.object == 0 ? out.seq : row.object;
        row.allocated_at = row.time;
        out.event = AllocEvent{.time = row.time,
                               .slot = row.slot,
                               .size = row.size,
                               .cache = *cache,
                               .stack = *stack,
                               .task = *by,
                               .stack_hash = stored_.stack_hash(*stack)};
    } else {
        const auto began = beginning_of(row, out.machine);
        if (!began) {
            return std::unexpected(began.error());
        }
        row.allocated_at = *began;
        switch (kind) {
        case TraceKind::kRcuFreeing:
            out.event = RcuFreeingEvent{
                .time = row.time, .allocated_at = *began, .slot = row.slot, .stack = *stack, .task = *by};
            break;
        case TraceKind::kZombie:
            out.event = ZombieEvent{.time = row.time, .allocated_at = *began, .slot = row.slot};
            break;
        default:
            out.event = FreeEvent{.time = row.time,
                                  .allocated_at = *began,
                                  .slot = row.slot,
                                  .stack = *stack,
                                  .task = *by,
                                  .rcu_deferred = kind == TraceKind::kRcuFree};
        }
    }
    out.object = row.object;
    shadows_[index(out.machine)].apply(row);
    return {};
}

Result<void> TraceCursor::decode_slot(TraceRecord& out) {
    out.origin = static_cast<SlotOrigin>(bounded(3, 0, kSlotOrigins - 1));
    const SlotRow row{.time = time(2),
                      .slot = slot(4),
                      .state = static_cast<SlotState>(bounded(5, 0, static_cast<std::int64_t>(SlotState::kBusy))),
                      .cache = row_id(6),
                      .size = count32(7),
                      .allocated_at = time(8),
                      .freed_at = time(9),
                      .alloc_stack = row_id(10),
                      .free_stack = row_id(11),
                      .task = row_id(12),
                      .cpu = cpu(13),
                      .object = row_id(14)};
    if (wrong_column_ >= 0) {
        return {};
    }
    auto event = slot_event(row, row.time);
    if (!event) {
        return std::unexpected(event.error());
    }
    out.event = std::move(*event);
    out.object = row.object;
    out.repeats = out.origin == SlotOrigin::kKeyframe && walked_[index(out.machine)];
    if (!out.repeats && out.origin != SlotOrigin::kEnd) { // the end itself comes next
        shadows_[index(out.machine)].apply(row);
    }
    return {};
}

Result<SlotEvent> TraceCursor::slot_event(const SlotRow& row, KernelNs time) {
    const auto cache = stored_.cache(row.cache);
    const auto alloc_stack = stored_.stack(row.alloc_stack);
    const auto free_stack = stored_.stack(row.free_stack);
    const auto by = task(row.task, row.cpu);
    if (!cache || !alloc_stack || !free_stack || !by) {
        return std::unexpected(!cache         ? cache.error()
                               : !alloc_stack ? alloc_stack.error()
                               : !free_stack  ? free_stack.error()
                                              : by.error());
    }
    return SlotEvent{.time = time,
                     .slot = row.slot,
                     .state = row.state,
                     .size = row.size,
                     .cache = *cache,
                     .allocated_at = row.allocated_at,
                     .freed_at = row.freed_at,
                     .alloc_stack = *alloc_stack,
                     .free_stack = *free_stack,
                     .task = *by};
}

void TraceCursor::decode_walk(TraceRecord& out) {
    const WalkEvent walk{.time = time(2), .objects = static_cast<std::uint32_t>(bounded(3, 0, kMaxTraceSlots))};
    const std::int64_t keyframe = row_id(4);
    if (wrong_column_ < 0) {
        out.repeats = keyframe != 0 && walked_[index(out.machine)];
        walked_[index(out.machine)] = true;
        out.event = walk;
    }
}

Result<void> TraceCursor::decode_skip(TraceRecord& out) {
    SkipEvent skip{.time = time(2),
                   .size = count32(6),
                   .reason = static_cast<SkipReason>(bounded(3, 0, kSkipReasonCount - 1)),
                   .count = count32(4)};
    const auto cache = stored_.cache(row_id(5));
    if (!cache) {
        return std::unexpected(cache.error());
    }
    skip.cache = *cache;
    out.event = skip;
    return {};
}

void TraceCursor::decode_settings(TraceRecord& out) {
    out.event = SettingsEvent{.time = time(2),
                              .sample_interval_ms = count(3),
                              .skip_covered_thresh = count(4),
                              .burst = count(5),
                              .deferrable = flag(6),
                              .disabled_by_warn = flag(7)};
}

Result<void> TraceCursor::decode_cache_skip(TraceRecord& out) {
    CacheSkipEvent skip{.time = time(2), .skip = bounded(4, 0, 1) != 0};
    const auto cache = stored_.cache(row_id(3));
    if (!cache) {
        return std::unexpected(cache.error());
    }
    skip.cache = *cache;
    out.event = skip;
    return {};
}

void TraceCursor::decode_stats(TraceRecord& out) {
    out.unix_ns = bounded(3, -kMostTraceTime, kMostTraceTime);
    out.settled = bounded(4, 0, 1) != 0;
    out.event = CountersEvent{.time = time(2),
                              .enabled = bounded(5, 0, 1) != 0,
                              .allocated = count(6).value_or(0),
                              .allocs = count(7).value_or(0),
                              .frees = count(8).value_or(0),
                              .zombies = count(9).value_or(0),
                              .bugs = count(10).value_or(0),
                              .skip_incompatible = count(11),
                              .skip_capacity = count(12),
                              .skip_covered = count(13),
                              .skip_quota = count(14)};
}

void TraceCursor::decode_loss(TraceRecord& out) {
    out.event = LossEvent{.time = time(2),
                          .cause = static_cast<LossCause>(bounded(3, 0, kLossCauseCount - 1)),
                          .count = static_cast<std::uint64_t>(bounded(4, 0, kMostLost))};
}

Result<void> TraceCursor::decode_report(TraceRecord& out) {
    ReportEvent report;
    report.time = time(2);
    report.type = static_cast<ReportType>(bounded(3, 0, kReportTypeCount - 1));
    report.access = static_cast<Access>(bounded(4, 0, static_cast<std::int64_t>(Access::kWrite)));
    report.slot = row_->is_null(5) ? kNoSlot : slot(5);
    report.size = count32(7);
    report.offset = row_->integer(8);
    report.allocated_at = time(9);
    report.freed_at = time(10);
    const std::int64_t object = row_id(20);
    const auto cache = stored_.cache(row_id(6));
    const std::array stacks = {stored_.stack(row_id(11)), stored_.stack(row_id(12)), stored_.stack(row_id(13))};
    const std::array tasks = {task(row_id(14), cpu(15)), task(row_id(16), cpu(17)), task(row_id(18), cpu(19))};
    if (!cache) {
        return std::unexpected(cache.error());
    }
    for (std::size_t i = 0; i < stacks.size(); ++i) {
        if (!stacks[i] || !tasks[i]) {
            return std::unexpected(!stacks[i] ? stacks[i].error() : tasks[i].error());
        }
    }
    report.cache = *cache;
    report.access_stack = *stacks[0];
    report.alloc_stack = *stacks[1];
    report.free_stack = *stacks[2];
    report.task = *tasks[0];
    report.alloc_task = *tasks[1];
    report.free_task = *tasks[2];
    out.object = object;
    out.event = report;
    return {};
}

} // namespace kfence
