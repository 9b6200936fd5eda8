// SPDX-License-Identifier: Apache-2.0
#include "store/row_writer.h"

#include <utility>
#include <variant>

namespace kfence {
namespace {

using Value = std::optional<std::int64_t>;

template <typename T> std::int64_t number(T value) noexcept {
    return static_cast<std::int64_t>(value);
}

/// 0 is "none" in a column, and takes no room as NULL.
Value or_null(std::int64_t value) noexcept {
    return value == 0 ? std::nullopt : Value(value);
}

Value cpu_or_null(std::int16_t cpu) noexcept {
    return cpu < 0 ? std::nullopt : Value(cpu);
}

template <typename T> Value optional(const std::optional<T>& value) noexcept {
    return value ? Value(number(*value)) : std::nullopt;
}

} // namespace

Result<RowWriter> RowWriter::create(Database& database, CgroupResolver resolve, bool raw_addresses) {
    auto interner = Interner::create(database, std::move(resolve), raw_addresses);
    if (!interner) {
        return std::unexpected(interner.error());
    }
    RowWriter out(std::move(*interner));
    const std::pair<Statement*, std::string_view> statements[] = {
        {&out.events_, "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?)"},
        {&out.slots_, "INSERT INTO slots VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
        {&out.walks_, "INSERT INTO walks VALUES (?,?,?,?,?)"},
        {&out.skips_, "INSERT INTO skips VALUES (?,?,?,?,?,?,?)"},
        {&out.settings_, "INSERT INTO settings VALUES (?,?,?,?,?,?,?,?)"},
        {&out.cache_skips_, "INSERT INTO cache_skips VALUES (?,?,?,?,?)"},
        {&out.stats_, "INSERT INTO stats VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
        {&out.losses_, "INSERT INTO losses VALUES (?,?,?,?,?)"},
        {&out.unsettle_, "UPDATE stats SET settled = 0 WHERE machine = ? AND seq > ?"},
        {&out.reports_, "INSERT INTO reports VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"}};
    for (const auto& [statement, sql] : statements) {
        auto prepared = database.prepare(sql);
        if (!prepared) {
            return std::unexpected(prepared.error());
        }
        *statement = std::move(*prepared);
    }
    return out;
}

Result<void> RowWriter::write(const Event& event, const Names& names, std::int64_t machine) {
    return std::visit([&](const auto& e) { return row(e, names, machine); }, event);
}

Result<void> RowWriter::insert(const EventRow& event, Value object, std::int64_t machine) {
    ++totals_.events;
    events_.bind_all({seq_++, number(event.time), event.kind, number(event.slot), or_null(event.cache),
                      or_null(event.size), or_null(event.stack), or_null(event.task), cpu_or_null(event.cpu), object,
                      machine});
    return events_.run();
}

Result<void> RowWriter::insert(const SlotRow& slot, SlotOrigin origin, std::int64_t machine) {
    slots_.bind_all({seq_++, number(slot.time), number(origin), number(slot.slot), number(slot.state),
                     or_null(slot.cache), or_null(slot.size), or_null(number(slot.allocated_at)),
                     or_null(number(slot.freed_at)), or_null(slot.alloc_stack), or_null(slot.free_stack),
                     or_null(slot.task), cpu_or_null(slot.cpu), or_null(slot.object), machine});
    return slots_.run();
}

Result<void> RowWriter::row(const AllocEvent& event, const Names& names, std::int64_t machine) {
    const auto cache = interner_.cache(event.cache, names);
    const auto stack = interner_.stack(event.stack, names);
    const auto task = interner_.task(event.task, machine);
    if (!cache || !stack || !task) {
        return std::unexpected((!cache ? cache : !stack ? stack : task).error());
    }
    SlotShadow& shadow = this->machine(machine).shadow;
    const std::int64_t known = shadow.object_of(event.slot, event.time); // a walk was faster
    const EventRow row{.time = event.time,
                       .kind = number(TraceKind::kAlloc),
                       .slot = event.slot,
                       .cache = *cache,
                       .size = event.size,
                       .stack = *stack,
                       .task = *task,
                       .cpu = event.task.cpu,
                       .object = known != 0 ? known : seq_,
                       .allocated_at = event.time};
    shadow.apply(row);
    ++totals_.allocs;
    ++this->machine(machine).allocs;
    return insert(row, or_null(known), machine);
}

Result<void> RowWriter::row(const FreeEvent& event, const Names& names, std::int64_t machine) {
    ++totals_.frees;
    ++this->machine(machine).frees;
    return end_row({.time = event.time,
                    .kind = number(event.rcu_deferred ? TraceKind::kRcuFree : TraceKind::kFree),
                    .slot = event.slot,
                    .cpu = event.task.cpu,
                    .allocated_at = event.allocated_at},
                   event.stack, event.task, names, machine);
}

Result<void> RowWriter::row(const RcuFreeingEvent& event, const Names& names, std::int64_t machine) {
    return end_row({.time = event.time,
                    .kind = number(TraceKind::kRcuFreeing),
                    .slot = event.slot,
                    .cpu = event.task.cpu,
                    .allocated_at = event.allocated_at},
                   event.stack, event.task, names, machine);
}

Result<void> RowWriter::row(const ZombieEvent& event, const Names& names, std::int64_t machine) {
    return end_row({.time = event.time,
                    .kind = number(TraceKind::kZombie),
                    .slot = event.slot,
                    .allocated_at = event.allocated_at},
                   kNoStack, Task{}, names, machine);
}

/// A row that says what became of an object. One whose beginning is not in the file gets a row of slots first, so that
/// every object has one.
Result<void> RowWriter::end_row(EventRow event, StackId stack, const Task& task, const Names& names,
                                std::int64_t machine) {
    const auto stored_stack = interner_.stack(stack, names);
    const auto stored_task = interner_.task(task, machine);
    if (!stored_stack || !stored_task) {
        return std::unexpected((!stored_stack ? stored_stack : stored_task).error());
    }
    event.stack = *stored_stack;
    event.task = *stored_task;
    SlotShadow& shadow = this->machine(machine).shadow;
    event.object = shadow.object_of(event.slot, event.allocated_at);
    if (event.object == 0) {
        event.object = seq_;
        const SlotRow beginning{.time = event.time,
                                .slot = event.slot,
                                .state = SlotState::kAllocated,
                                .allocated_at = event.allocated_at,
                                .object = seq_};
        if (auto inserted = insert(beginning, SlotOrigin::kEnd, machine); !inserted) {
            return inserted;
        }
    }
    shadow.apply(event);
    return insert(event, event.object, machine);
}

Result<void> RowWriter::row(const SkipEvent& event, const Names& names, std::int64_t machine) {
    const auto cache = interner_.cache(event.cache, names);
    if (!cache) {
        return std::unexpected(cache.error());
    }
    ++totals_.events;
    skips_.bind_all({seq_++, number(event.time), number(event.reason), number(event.count), or_null(*cache),
                     or_null(event.size), machine});
    return skips_.run();
}

Result<void> RowWriter::row(const ReportEvent& event, const Names& names, std::int64_t machine) {
    const auto cache = interner_.cache(event.cache, names);
    Result<std::int64_t> stacks[] = {interner_.stack(event.access_stack, names),
                                     interner_.stack(event.alloc_stack, names),
                                     interner_.stack(event.free_stack, names)};
    Result<std::int64_t> tasks[] = {interner_.task(event.task, machine), interner_.task(event.alloc_task, machine),
                                    interner_.task(event.free_task, machine)};
    for (const auto* part : {&cache, &std::as_const(stacks[0]), &std::as_const(stacks[1]), &std::as_const(stacks[2]),
                             &std::as_const(tasks[0]), &std::as_const(tasks[1]), &std::as_const(tasks[2])}) {
        if (!*part) {
            return std::unexpected(part->error());
        }
    }
    ++totals_.events;
    ++totals_.reports;
    const std::int64_t object =
        event.slot == kNoSlot ? 0 : this->machine(machine).shadow.object_of(event.slot, event.allocated_at);
    reports_.bind_all({seq_++,
                       number(event.time),
                       number(event.type),
                       number(event.access),
                       event.slot == kNoSlot ? std::nullopt : Value(event.slot),
                       or_null(*cache),
                       or_null(event.size),
                       or_null(event.offset),
                       or_null(number(event.allocated_at)),
                       or_null(number(event.freed_at)),
                       or_null(*stacks[0]),
                       or_null(*stacks[1]),
                       or_null(*stacks[2]),
                       or_null(*tasks[0]),
                       cpu_or_null(event.task.cpu),
                       or_null(*tasks[1]),
                       cpu_or_null(event.alloc_task.cpu),
                       or_null(*tasks[2]),
                       cpu_or_null(event.free_task.cpu),
                       or_null(object),
                       machine});
    return reports_.run();
}

Result<void> RowWriter::row(const SlotEvent& event, const Names& names, std::int64_t machine) {
    const auto cache = interner_.cache(event.cache, names);
    if (!cache) {
        return std::unexpected(cache.error());
    }
    SlotShadow& shadow = this->machine(machine).shadow;
    SlotRow row{.time = event.time,
                .slot = event.slot,
                .state = event.state,
                .cache = *cache,
                .size = event.size,
                .allocated_at = event.allocated_at,
                .freed_at = event.freed_at,
                .cpu = event.task.cpu};
    if (shadow.knows(row)) {
        return {};
    }
    const auto alloc_stack = interner_.stack(event.alloc_stack, names);
    const auto free_stack = interner_.stack(event.free_stack, names);
    const auto task = interner_.task(event.task, machine);
    if (!alloc_stack || !free_stack || !task) {
        return std::unexpected((!alloc_stack ? alloc_stack : !free_stack ? free_stack : task).error());
    }
    row.alloc_stack = *alloc_stack;
    row.free_stack = *free_stack;
    row.task = *task;
    row.object = shadow.object_of(event.slot, event.allocated_at);
    auto origin = SlotOrigin::kAgain;
    if (row.object == 0 && holds_object(event.state)) {
        origin = SlotOrigin::kWalk;
        row.object = seq_;
    }
    shadow.apply(row);
    return insert(row, origin, machine);
}

Result<void> RowWriter::row(const WalkEvent& event, const Names& /*names*/, std::int64_t machine) {
    MachineRows& rows = this->machine(machine);
    rows.objects = event.objects;
    if (!rows.walked) {
        rows.walked = true;
        rows.last_keyframe = event.time;
    }
    walks_.bind_all({seq_++, number(event.time), number(event.objects), 0, machine});
    return walks_.run();
}

Result<void> RowWriter::row(const CountersEvent& event, const Names& /*names*/, std::int64_t machine) {
    this->machine(machine).counters = event;
    return {};
}

/// A settled reading that contradicts the ones before takes their mark from them.
Result<void> RowWriter::settle(const CountersEvent& event, std::uint64_t drifts, std::int64_t machine) {
    MachineRows& rows = this->machine(machine);
    if (drifts != rows.drifts) {
        rows.drifts = drifts;
        rows.base.reset();
        rows.base_seq = seq_ - 1;
    }
    const CounterBase base{.allocs = number(event.allocs) - number(rows.allocs),
                           .frees = number(event.frees) - number(rows.frees)};
    if (rows.base && *rows.base != base) {
        unsettle_.bind_all({machine, rows.base_seq});
        if (auto done = unsettle_.run(); !done) {
            return done;
        }
    }
    rows.base = base;
    return {};
}

Result<void> RowWriter::counters(const CountersEvent& event, const SampleInfo& info, std::int64_t machine) {
    if (auto settled = info.settled ? settle(event, info.drifts, machine) : Result<void>{}; !settled) {
        return settled;
    }
    stats_.bind_all({seq_++, number(event.time), info.unix_ns, info.settled ? 1 : 0, event.enabled ? 1 : 0,
                     number(event.allocated), number(event.allocs), number(event.frees), number(event.zombies),
                     number(event.bugs), optional(event.skip_incompatible), optional(event.skip_capacity),
                     optional(event.skip_covered), optional(event.skip_quota), machine});
    return stats_.run();
}

Result<void> RowWriter::settings_row(const SettingsEvent& event, std::int64_t machine) {
    settings_.bind_all({seq_++, number(event.time), optional(event.sample_interval_ms),
                        optional(event.skip_covered_thresh), optional(event.burst), optional(event.deferrable),
                        optional(event.disabled_by_warn), machine});
    return settings_.run();
}

Result<void> RowWriter::row(const SettingsEvent& event, const Names& /*names*/, std::int64_t machine) {
    this->machine(machine).settings = event;
    return settings_row(event, machine);
}

Result<void> RowWriter::cache_skip_row(KernelNs time, std::int64_t cache, bool skip, std::int64_t machine) {
    cache_skips_.bind_all({seq_++, number(time), cache, skip ? 1 : 0, machine});
    return cache_skips_.run();
}

Result<void> RowWriter::row(const CacheSkipEvent& event, const Names& names, std::int64_t machine) {
    const auto cache = interner_.cache(event.cache, names);
    if (!cache) {
        return std::unexpected(cache.error());
    }
    this->machine(machine).skipped[*cache] = event.skip;
    return cache_skip_row(event.time, *cache, event.skip, machine);
}

Result<void> RowWriter::row(const LossEvent& event, const Names& /*names*/, std::int64_t machine) {
    if (event.count == 0) {
        return {};
    }
    totals_.lost += event.count;
    MachineRows& rows = this->machine(machine);
    rows.base.reset();
    rows.base_seq = seq_;
    losses_.bind_all({seq_++, number(event.time), number(event.cause), number(event.count), machine});
    return losses_.run();
}

Result<void> RowWriter::keyframe(KernelNs time, std::int64_t machine) {
    MachineRows& rows = this->machine(machine);
    const std::int64_t first = seq_;
    rows.shadow.forget_overtaken(); // what is repeated must be enough for what comes
    if (rows.settings) {
        SettingsEvent settings = *rows.settings;
        settings.time = time;
        if (auto inserted = settings_row(settings, machine); !inserted) {
            return inserted;
        }
    }
    for (const auto& [cache, skip] : rows.skipped) {
        if (auto inserted = skip ? cache_skip_row(time, cache, skip, machine) : Result<void>{}; !inserted) {
            return inserted;
        }
    }
    for (const SlotRow& slot : rows.shadow.slots()) {
        if (slot.state != SlotState::kUnused) {
            SlotRow again = slot;
            again.time = time;
            if (auto inserted = insert(again, SlotOrigin::kKeyframe, machine); !inserted) {
                return inserted;
            }
        }
    }
    rows.last_keyframe = time;
    walks_.bind_all({seq_++, number(time), number(rows.objects), first, machine});
    auto done = walks_.run();
    rows.rows_at_keyframe = this->rows();
    return done;
}

} // namespace kfence
