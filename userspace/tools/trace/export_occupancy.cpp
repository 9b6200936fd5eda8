// SPDX-License-Identifier: Apache-2.0
// Table occupancy: how full the pool was, one row for each reading of the kernel's counters; where a machine has none,
// one for each walk of its pool.
#include <variant>

#include "tools/trace/export_tables.h"

namespace kfence {
namespace {

class Occupancy final : public ExportMaker {
public:
    explicit Occupancy(ExportContext& context)
        : context_(context), row_(context.row({"time_s", "time", "enabled", "objects", "allocated", "held", "zombies",
                                               "usage", "allocs", "frees", "refused_capacity", "refused_covered"})),
          objects_(context.spans.size()) {}

    void begin() override { row_.header(); }

    Result<void> record(const TraceRecord& record, const TracedObject* /*about*/) override {
        if (const auto* walk = std::get_if<WalkEvent>(&record.event)) {
            objects_[static_cast<std::size_t>(record.machine)] = walk->objects;
            const auto& machine = context_.file.machines()[static_cast<std::size_t>(record.machine) - 1];
            if (!machine.source.has_counters) {
                add_walk(record.machine, walk->time);
            }
        } else if (const auto* counters = std::get_if<CountersEvent>(&record.event)) {
            add_counters(record.machine, *counters);
        }
        return {};
    }

private:
    void start(std::int64_t machine, KernelNs time) {
        context_.start_row(row_, machine);
        row_.seconds(time).prepared(context_.cells.date(machine, time));
    }
    [[nodiscard]] std::uint32_t objects(std::int64_t machine) const {
        return objects_[static_cast<std::size_t>(machine)];
    }
    [[nodiscard]] std::optional<double> usage(std::int64_t machine, std::uint64_t allocated) const {
        const std::uint32_t all = objects(machine);
        return all == 0 ? std::nullopt : std::optional(static_cast<double>(allocated) / all);
    }

    void add_walk(std::int64_t machine, KernelNs time) {
        const std::uint64_t held = context_.objects.held(machine);
        start(machine, time);
        row_.null().known(objects(machine) != 0, objects(machine)).null().number(held).null();
        row_.ratio(usage(machine, held)).end_row();
    }
    void add_counters(std::int64_t machine, const CountersEvent& counters) {
        start(machine, counters.time);
        row_.flag(counters.enabled).known(objects(machine) != 0, objects(machine)).number(counters.allocated);
        row_.number(context_.objects.held(machine)).number(counters.zombies);
        row_.ratio(usage(machine, counters.allocated)).number(counters.allocs).number(counters.frees);
        row_.number(counters.skip_capacity).number(counters.skip_covered).end_row();
    }

    ExportContext& context_;
    ExportRow row_;
    std::vector<std::uint32_t> objects_; ///< size of the pool, by machine
};

} // namespace

std::unique_ptr<ExportMaker> make_occupancy(ExportContext& context) {
    return std::make_unique<Occupancy>(context);
}

} // namespace kfence
