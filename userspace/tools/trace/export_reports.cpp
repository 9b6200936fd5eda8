// SPDX-License-Identifier: Apache-2.0
// Table reports: the bugs that KFENCE found.
#include <variant>

#include "tools/trace/export_tables.h"
#include "view/describe.h"

namespace kfence {
namespace {

class Reports final : public ExportMaker {
public:
    explicit Reports(ExportContext& context)
        : context_(context),
          row_(context.row({"time_s",     "time",          "title",        "type",        "access",
                            "slot",       "cache",         "size",         "offset",      "allocated_at_s",
                            "freed_at_s", "pid",           "tgid",         "comm",        "cpu",
                            "cgroup",     "pid_namespace", "alloc_pid",    "alloc_cpu",   "free_pid",
                            "free_cpu",   "object",        "access_stack", "alloc_stack", "free_stack"})) {}

    void begin() override { row_.header(); }

    Result<void> record(const TraceRecord& record, const TracedObject* /*about*/) override {
        const auto* report = std::get_if<ReportEvent>(&record.event);
        return report == nullptr ? Result<void>{} : add(record, *report);
    }

private:
    void add_object(const ReportEvent& report) {
        const bool has_object = report.slot != kNoSlot;
        row_.known(has_object, report.slot).text(report_cache(context_.names, report));
        row_.known(has_object, report.size).known(has_object, report.offset);
        for (const KernelNs time : {report.allocated_at, report.freed_at}) {
            row_.seconds(time == 0 ? std::nullopt : std::optional(time));
        }
    }
    void add_culprit(const Task& task) {
        row_.known(task.pid != 0, task.pid).known(task.pid != 0 && task.cpu >= 0, task.cpu);
    }

    Result<void> add(const TraceRecord& record, const ReportEvent& report) {
        context_.start_row(row_, record.machine);
        row_.seconds(report.time).prepared(context_.cells.date(record.machine, report.time));
        row_.text("KFENCE: " + describe_report(context_.names, report)).text(to_string(report.type));
        row_.text(to_string(report.access));
        add_object(report);
        if (auto added = context_.cells.add_task(row_, report.task); !added) {
            return added;
        }
        add_culprit(report.alloc_task);
        add_culprit(report.free_task);
        row_.known(record.object != 0, record.object);
        for (const StackId stack : {report.access_stack, report.alloc_stack, report.free_stack}) {
            row_.prepared(context_.cells.stack(stack).frames);
        }
        row_.end_row();
        return {};
    }

    ExportContext& context_;
    ExportRow row_;
};

} // namespace

std::unique_ptr<ExportMaker> make_reports(ExportContext& context) {
    return std::make_unique<Reports>(context);
}

} // namespace kfence
