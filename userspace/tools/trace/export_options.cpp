// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/export_options.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"

namespace kfence {
namespace {

constexpr std::array<std::string_view, kExportTableCount> kTableNames = {"events", "objects", "ages",      "lifetimes",
                                                                         "caches", "stacks",  "occupancy", "reports"};
constexpr std::array<std::string_view, 4> kFormatNames = {"csv", "jsonl", "chrome", "folded"};

std::unexpected<Error> wrong(std::string_view option, const std::string& value, std::string_view expected) {
    return fail(ErrorKind::kUsage, fmt::format("{} {}: must be {}", option, sanitize(value), expected));
}

template <typename T, std::size_t N>
std::optional<T> find(const std::array<std::string_view, N>& names, std::string_view text) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == text) {
            return static_cast<T>(i);
        }
    }
    return std::nullopt;
}

Result<void> take_words(const TypedExport& typed, ExportOptions& out) {
    const auto table = find<ExportTable>(kTableNames, typed.table);
    if (!table) {
        return wrong("--table", typed.table, "events, objects, ages, lifetimes, caches, stacks, occupancy or reports");
    }
    const auto format = find<ExportFormat>(kFormatNames, typed.format);
    if (!format) {
        return wrong("--format", typed.format, "csv, jsonl, chrome or folded");
    }
    if (typed.weight != "count" && typed.weight != "slot-time") {
        return wrong("--weight", typed.weight, "count or slot-time");
    }
    out.table = *table;
    out.format = *format;
    out.weight = typed.weight == "count" ? FoldedWeight::kObjects : FoldedWeight::kSlotTime;
    return {};
}

/// A format that only one table has.
Result<void> check_format(const ExportOptions& options) {
    if (options.format == ExportFormat::kChrome && options.table != ExportTable::kLifetimes) {
        return fail(ErrorKind::kUsage,
                    fmt::format("--format chrome is for --table lifetimes: take that, or csv or jsonl for {}",
                                to_string(options.table)));
    }
    if (options.format == ExportFormat::kFolded && options.table != ExportTable::kStacks) {
        return fail(ErrorKind::kUsage, fmt::format("--format folded is for --table stacks: take that, or csv or jsonl "
                                                   "for {}",
                                                   to_string(options.table)));
    }
    return {};
}

/// Options that would be swallowed.
Result<void> check_together(const CLI::App& command, const ExportOptions& options) {
    if (command.count("--weight") != 0 && options.format != ExportFormat::kFolded) {
        return fail(ErrorKind::kUsage, "--weight has no effect without --format folded");
    }
    if (options.histogram && (options.table != ExportTable::kLifetimes || options.format == ExportFormat::kChrome)) {
        return fail(ErrorKind::kUsage, "--histogram has no effect without --table lifetimes --format csv or jsonl");
    }
    if (options.force && options.output.empty()) {
        return fail(ErrorKind::kUsage, "--force has no effect without --output FILE");
    }
    return {};
}

} // namespace

std::string_view to_string(ExportTable table) noexcept {
    return kTableNames[static_cast<std::size_t>(table)];
}

void declare_export_options(CLI::App& command, TypedExport& typed) {
    command.add_option("file", typed.file, "The recording")->required();
    command
        .add_option("--table", typed.table,
                    "events, objects (in the pool at the end), ages (of those, a histogram), lifetimes,\n"
                    "caches, stacks, occupancy or reports")
        ->required();
    command.add_option("--format", typed.format,
                       "csv (default), jsonl, chrome (lifetimes, for Perfetto) or folded (stacks, for flame graphs)");
    command.add_option("--weight", typed.weight,
                       "With --format folded: count (objects, default) or slot-time (milliseconds)");
    command.add_flag("--histogram", typed.histogram, "With --table lifetimes: how many of each cache ended how old");
    command.add_option("--machine", typed.machine, "Of a merged recording only this machine, by number or host");
    command.add_option("-o,--output", typed.output, "The file to make (default: stdout)");
    command.add_flag("--force", typed.force, "Replace that file when it exists");
    command.footer(
        "Times are in seconds of the kernel's clock, and as dates in UTC. docs/trace-file.md of the sources\n"
        "describes the columns.");
}

Result<ExportOptions> check_export_options(const CLI::App& command, const TypedExport& typed) {
    ExportOptions out;
    auto checked = take_words(typed, out);
    if (!checked) {
        return std::unexpected(checked.error());
    }
    out.file = typed.file;
    out.histogram = typed.histogram;
    out.machine = typed.machine;
    out.output = typed.output == "-" ? std::string() : typed.output;
    out.force = typed.force;
    checked = check_format(out);
    if (checked) {
        checked = check_together(command, out);
    }
    return checked ? Result<ExportOptions>(std::move(out)) : std::unexpected(checked.error());
}

} // namespace kfence
