// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/export_pass.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "tools/trace/export_tables.h"

namespace kfence {
namespace {

/// More stacks than a kernel has paths to its allocator, and few enough to hold.
constexpr std::size_t kMostStacks = 32768;

KernelNs time_of(const Event& event) {
    return std::visit([](const auto& e) { return e.time; }, event);
}

class Pass {
public:
    Pass(ExportContext& context, Names& names, TraceCursor& cursor, ExportMaker& maker, ExportOutput& output)
        : context_(context), names_(names), cursor_(cursor), maker_(maker), output_(output) {}

    Result<bool> run();

private:
    Result<void> take(const TraceRecord& record);
    Result<void> hand_out_ended();
    Result<bool> finish();
    void note(const TraceRecord& record);
    void forget_stacks();

    ExportContext& context_;
    Names& names_;
    TraceCursor& cursor_;
    ExportMaker& maker_;
    ExportOutput& output_;
    std::size_t forget_at_ = kMostStacks;
};

void Pass::note(const TraceRecord& record) {
    MachineSpan& span = context_.spans[static_cast<std::size_t>(record.machine)];
    const KernelNs time = time_of(record.event);
    if (!span.seen) {
        span.seen = true;
        span.begin = std::max(span.begin, time);
    }
    span.end = std::max(span.end, time);
    if (const auto* loss = std::get_if<LossEvent>(&record.event)) {
        context_.losses.by_cause[static_cast<std::size_t>(loss->cause)] += loss->count;
    }
}

Result<void> Pass::hand_out_ended() {
    auto& ended = context_.objects.ended();
    for (const TracedObject& object : ended) {
        if (auto done = maker_.ended(object); !done) {
            return done;
        }
    }
    ended.clear();
    return {};
}

Result<void> Pass::take(const TraceRecord& record) {
    note(record);
    if (record.repeats) {
        return {};
    }
    const TracedObject* about = context_.objects.apply(record);
    auto done = maker_.record(record, about);
    if (done && !context_.objects.ended().empty()) {
        done = hand_out_ended();
    }
    return done;
}

void Pass::forget_stacks() {
    std::unordered_set<StackId> in_use;
    context_.objects.add_stacks(in_use);
    maker_.add_stacks(in_use);
    names_.forget_stacks([&](StackId id) { return in_use.contains(id); });
    cursor_.forget();
    context_.cells.forget();
    forget_at_ = names_.stack_count() + kMostStacks;
}

Result<bool> Pass::finish() {
    std::vector<TracedObject> live;
    context_.objects.finish(live);
    if (auto done = hand_out_ended(); !done) {
        return std::unexpected(done.error());
    }
    for (const TracedObject& object : live) {
        if (auto done = maker_.live(object); !done) {
            return std::unexpected(done.error());
        }
        if (auto reads = output_.pass(); !reads || !*reads) {
            return reads;
        }
    }
    const auto reads = maker_.finish();
    return reads && *reads ? output_.finish() : reads;
}

Result<bool> Pass::run() {
    maker_.begin();
    TraceRecord record;
    for (auto more = cursor_.next(record); !more || *more; more = cursor_.next(record)) {
        if (!more) {
            return std::unexpected(more.error());
        }
        if (auto taken = take(record); !taken) {
            return std::unexpected(taken.error());
        }
        if (auto reads = output_.pass(); !reads || !*reads) {
            return reads;
        }
        if (names_.stack_count() > forget_at_) {
            forget_stacks();
        }
    }
    return finish();
}

} // namespace

ExportContext::ExportContext(const ExportOptions& chosen, TraceFile& from, Names& known, TraceCursor& rows,
                             ExportOutput& to)
    : options(chosen), file(from), names(known),
      format(chosen.format == ExportFormat::kCsv ? RowFormat::kCsv : RowFormat::kJsonl), output(to), out(to.buffer()),
      cells(format, from, known, rows), spans(from.machines().size() + 1),
      many_machines(from.machines().size() > 1 && chosen.machine.empty()), machine_names_(1), machine_cells_(1) {
    const auto& machines = from.machines();
    std::unordered_map<std::string_view, int> hosts;
    for (const MachineInfo& machine : machines) {
        ++hosts[machine.source.host];
    }
    for (std::size_t i = 0; i < machines.size(); ++i) {
        const MachineInfo& machine = machines[i];
        spans[i + 1] = {.begin = machine.started.kernel, .end = machine.ended ? machine.ended->kernel : 0};
        machine_names_.push_back(hosts[machine.source.host] == 1 ? machine.source.host
                                                                 : fmt::format("{}#{}", machine.source.host, i + 1));
        machine_cells_.push_back(text_cell(format, machine_names_.back()));
    }
}

ExportRow ExportContext::row(std::vector<std::string_view> columns) const {
    if (many_machines) {
        columns.insert(columns.begin(), "machine");
    }
    return {format, columns, out};
}

void ExportContext::start_row(ExportRow& row, std::int64_t machine) const {
    if (many_machines) {
        row.prepared(machine_cells_.at(static_cast<std::size_t>(machine)));
    }
}

Result<void> ExportMaker::record(const TraceRecord& /*record*/, const TracedObject* /*about*/) {
    return {};
}

Result<void> ExportMaker::ended(const TracedObject& /*object*/) {
    return {};
}

Result<void> ExportMaker::live(const TracedObject& /*object*/) {
    return {};
}

Result<bool> run_export(const ExportOptions& options, TraceFile& file, ExportOutput& output, Losses& losses) {
    const auto machine = file.machine(options.machine);
    if (!machine) {
        return std::unexpected(machine.error());
    }
    Names names;
    auto cursor = TraceCursor::create(file, names, *machine);
    if (!cursor) {
        return std::unexpected(cursor.error());
    }
    ExportContext context(options, file, names, *cursor, output);
    const auto maker = make_export(context);
    auto done = Pass(context, names, *cursor, *maker, output).run();
    losses = context.losses;
    return done;
}

std::uint64_t slot_time(const TracedObject& object, const MachineSpan& span) noexcept {
    const KernelNs begin = std::max(object.allocated_at, span.begin);
    KernelNs end = span.end;
    if (object.state == SlotState::kFreed) {
        end = object.freed_at != 0 ? object.freed_at : object.gone_before;
    }
    return end > begin ? end - begin : 0;
}

std::uint64_t age(const TracedObject& object, const MachineSpan& span) noexcept {
    return span.end > object.allocated_at ? span.end - object.allocated_at : 0;
}

} // namespace kfence
