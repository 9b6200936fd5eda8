// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "view/describe.h"
#include "view/format.h"
#include "view/lists.h"

namespace kfence {
namespace {

enum Column : std::size_t { kWhen, kCache, kSize, kObjectAge, kTask, kWhat };
constexpr std::array<TableColumn, kReportColumns> kColumns = {{
    {"WHEN", 11, 0, false},
    {"  CACHE", 26, 1, true},
    {"SIZE", 7, 4, false},
    {"OBJECT AGE", 12, 3, false},
    {"  TASK", 26, 2, true},
    {"WHAT", 24, 0, true},
}};

class ReportList final : public List {
public:
    ReportList(const ViewInput& input, const Place& place) : input_(input), place_(place) {
        for (const ReportSeen& seen : input.snapshot.reports) {
            if (place.filter.matches(describe_report(input.names, seen.report)) ||
                place.filter.matches(report_cache(input.names, seen.report))) {
                reports_.push_back(&seen);
            }
        }
        std::ranges::stable_sort(reports_, [this](const ReportSeen* a, const ReportSeen* b) {
            const int order = compare(*a, *b);
            return place_.reverse ? order > 0 : order < 0;
        });
    }

    [[nodiscard]] std::span<const TableColumn> columns() const override { return kColumns; }
    [[nodiscard]] std::size_t sorted() const override { return place_.column; }
    [[nodiscard]] std::size_t size() const override { return reports_.size(); }
    [[nodiscard]] std::string heading() const override {
        return fmt::format("{} reports shown, {} bugs found since boot", reports_.size(),
                           format_count(input_.snapshot.reports_total));
    }
    [[nodiscard]] std::string nothing() const override {
        if (!place_.filter.empty()) {
            return "no report matches the filter";
        }
        return input_.snapshot.reports_total > 0 ? "what was found came before this tool was started: see dmesg"
                                                 : "nothing was found since boot";
    }
    [[nodiscard]] TableRow row(std::size_t index) const override {
        const ReportSeen& seen = *reports_[index];
        const ReportEvent& report = seen.report;
        const bool has_object = report.slot != kNoSlot;
        TableRow out;
        out.cells = {describe_ago(input_.snapshot.now, report.time),
                     "  " + std::string(report_cache(input_.names, report)),
                     has_object ? fmt::format("{}", report.size) : kUnknownText,
                     has_object ? format_age(seen.object_age_ns) : kUnknownText,
                     "  " + describe_task(report.task),
                     describe_report(input_.names, report)};
        return out;
    }
    [[nodiscard]] std::optional<Place> deeper(std::size_t index) const override {
        Place out;
        out.kind = ViewKind::kReport;
        out.report_time = reports_[index]->report.time;
        out.object = {.slot = reports_[index]->report.slot, .allocated_at = reports_[index]->report.allocated_at};
        return out;
    }

private:
    /// The last first, large before small, names from A on.
    [[nodiscard]] int compare(const ReportSeen& a, const ReportSeen& b) const {
        const auto sign = [](const auto& x, const auto& y) { return x < y ? -1 : (y < x ? 1 : 0); };
        switch (place_.column) {
        case kCache:
            return sign(report_cache(input_.names, a.report), report_cache(input_.names, b.report));
        case kSize:
            return sign(b.report.size, a.report.size);
        case kObjectAge:
            return sign(b.object_age_ns, a.object_age_ns);
        case kTask:
            return sign(a.report.task.comm, b.report.task.comm);
        case kWhat:
            return sign(describe_report(input_.names, a.report), describe_report(input_.names, b.report));
        default:
            return sign(b.report.time, a.report.time);
        }
    }

    const ViewInput& input_;
    const Place& place_;
    std::vector<const ReportSeen*> reports_;
};

} // namespace

std::unique_ptr<List> report_list(const ViewInput& input, const Place& place) {
    return std::make_unique<ReportList>(input, place);
}

} // namespace kfence
