// SPDX-License-Identifier: Apache-2.0
// One pass over a recording, from which each table of an export is made as it goes.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "event/names.h"
#include "model/snapshot.h"
#include "store/trace_cursor.h"
#include "tools/trace/export_cells.h"
#include "tools/trace/export_objects.h"
#include "tools/trace/export_options.h"
#include "tools/trace/export_output.h"

namespace kfence {

/// From when to when the rows of a machine tell what happened.
struct MachineSpan {
    KernelNs begin = 0;
    KernelNs end = 0;
    bool seen = false;
};

/// What a table may ask for. Lives for the pass.
struct ExportContext {
    ExportContext(const ExportOptions& chosen, TraceFile& from, Names& known, TraceCursor& rows, ExportOutput& to);

    const ExportOptions& options;
    TraceFile& file;
    const Names& names;
    RowFormat format;
    ExportOutput& output;
    std::string& out; ///< its buffer
    ExportCells cells;
    TracedObjects objects;
    std::vector<MachineSpan> spans; ///< by machine, from 1 on
    Losses losses;
    bool many_machines = false; ///< then rows have a column for it

    [[nodiscard]] const MachineSpan& span(std::int64_t machine) const {
        return spans.at(static_cast<std::size_t>(machine));
    }
    /// Its host; with its number where several have that name.
    [[nodiscard]] const std::string& machine_name(std::int64_t machine) const {
        return machine_names_.at(static_cast<std::size_t>(machine));
    }
    /// A row of these columns, with one for the machine before them where there are several.
    [[nodiscard]] ExportRow row(std::vector<std::string_view> columns) const;
    void start_row(ExportRow& row, std::int64_t machine) const;

private:
    std::vector<std::string> machine_names_;
    std::vector<std::string> machine_cells_;
};

/// A table in the making. What it appends to `out` is written by the pass.
class ExportMaker {
public:
    ExportMaker() = default;
    ExportMaker(const ExportMaker&) = delete;
    ExportMaker& operator=(const ExportMaker&) = delete;
    virtual ~ExportMaker() = default;

    virtual void begin() {}
    /// Every row that says something new; `about` as TracedObjects::apply() has it.
    virtual Result<void> record(const TraceRecord& record, const TracedObject* about);
    /// An object ended.
    virtual Result<void> ended(const TracedObject& object);
    /// An object is in the pool at the end; these come last.
    virtual Result<void> live(const TracedObject& object);
    /// The rest. False when nobody reads any more; long ones ask `output` as they go.
    virtual Result<bool> finish() { return true; }
    /// Stacks that it will ask for later.
    virtual void add_stacks(std::unordered_set<StackId>& /*stacks*/) const {}
};

/// False when nobody reads what is written.
Result<bool> run_export(const ExportOptions& options, TraceFile& file, ExportOutput& output, Losses& losses);

/// For how long an object held its slot within the recording, ns; until the end when it is in the pool still.
[[nodiscard]] std::uint64_t slot_time(const TracedObject& object, const MachineSpan& span) noexcept;
/// How old it is at the end of the recording, ns.
[[nodiscard]] std::uint64_t age(const TracedObject& object, const MachineSpan& span) noexcept;

} // namespace kfence
