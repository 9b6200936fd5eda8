// SPDX-License-Identifier: Apache-2.0
// Table events: one row for all that happened to an object, each refused allocation, each report, each loss.
#include <variant>

#include "tools/trace/export_tables.h"

namespace kfence {
namespace {

class Events final : public ExportMaker {
public:
    explicit Events(ExportContext& context)
        : context_(context),
          row_(context.row({"time_s", "time", "kind", "slot", "cache", "size", "object", "lifetime_s", "pid", "tgid",
                            "comm", "cpu", "cgroup", "pid_namespace", "reason", "count", "stack_id", "stack"})) {
        kinds_.reserve(std::size(kKinds));
        for (const auto& kind : kKinds) {
            kinds_.push_back(text_cell(context.format, kind));
        }
        reasons_.reserve(kSkipReasonCount);
        for (std::size_t i = 0; i < kSkipReasonCount; ++i) {
            reasons_.push_back(text_cell(context.format, to_string(static_cast<SkipReason>(i))));
        }
    }

    void begin() override { row_.header(); }

    Result<void> record(const TraceRecord& record, const TracedObject* about) override {
        return std::visit([&](const auto& e) { return take(e, record, about); }, record.event);
    }

private:
    enum Kind : std::uint8_t { kAlloc, kFree, kRcuFreeing, kRcuFree, kZombie, kFound, kSkip, kReport, kLoss };
    static constexpr std::string_view kKinds[] = {"alloc", "free", "rcu-freeing", "rcu-free", "zombie",
                                                  "found", "skip", "report",      "loss"};
    struct Subject {
        Slot slot = kNoSlot;
        CacheId cache = kNoCache;
        std::uint32_t size = 0;
        std::optional<std::uint64_t> lifetime = std::nullopt;
    };

    void start(Kind kind, KernelNs time, const TraceRecord& record) {
        context_.start_row(row_, record.machine);
        row_.seconds(time).prepared(context_.cells.date(record.machine, time)).prepared(kinds_[kind]);
    }
    void add_subject(const Subject& subject, const TraceRecord& record) {
        row_.known(subject.slot != kNoSlot, subject.slot).prepared(context_.cells.cache(subject.cache));
        row_.known(subject.size != 0, subject.size).known(record.object != 0, record.object).seconds(subject.lifetime);
    }
    Result<void> end(const Task& task, StackId stack) {
        if (auto added = context_.cells.add_task(row_, task); !added) {
            return added;
        }
        row_.null().null();
        end_stack(stack);
        return {};
    }
    void end_stack(StackId stack) {
        const ExportCells::Stack& cells = context_.cells.stack(stack);
        row_.prepared(cells.id).prepared(cells.frames).end_row();
    }
    void end_counted(const std::string& reason, std::uint64_t count) {
        for ([[maybe_unused]] const auto& column : kTaskColumns) {
            row_.null();
        }
        row_.prepared(reason).number(count).end_row();
    }
    /// What is known of the object of an event that has only its slot.
    static Subject subject(Slot slot, const TracedObject* about) {
        return about == nullptr ? Subject{.slot = slot}
                                : Subject{.slot = slot, .cache = about->cache, .size = about->size};
    }

    Result<void> take(const AllocEvent& e, const TraceRecord& record, const TracedObject* /*about*/) {
        start(kAlloc, e.time, record);
        add_subject({.slot = e.slot, .cache = e.cache, .size = e.size}, record);
        return end(e.task, e.stack);
    }
    Result<void> take(const FreeEvent& e, const TraceRecord& record, const TracedObject* about) {
        start(e.rcu_deferred ? kRcuFree : kFree, e.time, record);
        Subject known = subject(e.slot, about);
        known.lifetime = e.time > e.allocated_at ? e.time - e.allocated_at : 0;
        add_subject(known, record);
        return end(e.task, e.stack);
    }
    Result<void> take(const RcuFreeingEvent& e, const TraceRecord& record, const TracedObject* about) {
        start(kRcuFreeing, e.time, record);
        add_subject(subject(e.slot, about), record);
        return end(e.task, e.stack);
    }
    Result<void> take(const ZombieEvent& e, const TraceRecord& record, const TracedObject* about) {
        start(kZombie, e.time, record);
        add_subject(subject(e.slot, about), record);
        row_.end_row();
        return {};
    }
    /// An object that is older than the recording, or whose allocation is not in it.
    Result<void> take(const SlotEvent& e, const TraceRecord& record, const TracedObject* /*about*/) {
        if (record.origin != SlotOrigin::kWalk) {
            return {};
        }
        start(kFound, e.time, record);
        add_subject({.slot = e.slot, .cache = e.cache, .size = e.size}, record);
        return end(e.task, e.alloc_stack);
    }
    Result<void> take(const SkipEvent& e, const TraceRecord& record, const TracedObject* /*about*/) {
        start(kSkip, e.time, record);
        add_subject({.cache = e.cache, .size = e.size}, record);
        end_counted(reasons_[static_cast<std::size_t>(e.reason)], e.count);
        return {};
    }
    Result<void> take(const ReportEvent& e, const TraceRecord& record, const TracedObject* /*about*/) {
        start(kReport, e.time, record);
        add_subject({.slot = e.slot, .cache = e.cache, .size = e.size}, record);
        if (auto added = context_.cells.add_task(row_, e.task); !added) {
            return added;
        }
        row_.text(to_string(e.type)).null();
        end_stack(e.access_stack);
        return {};
    }
    Result<void> take(const LossEvent& e, const TraceRecord& record, const TracedObject* /*about*/) {
        start(kLoss, e.time, record);
        add_subject({}, record);
        end_counted(text_cell(context_.format, to_string(e.cause)), e.count);
        return {};
    }
    template <typename Other> Result<void> take(const Other& /*e*/, const TraceRecord&, const TracedObject*) {
        return {};
    }

    ExportContext& context_;
    ExportRow row_;
    std::vector<std::string> kinds_;
    std::vector<std::string> reasons_;
};

} // namespace

std::unique_ptr<ExportMaker> make_events(ExportContext& context) {
    return std::make_unique<Events>(context);
}

} // namespace kfence
