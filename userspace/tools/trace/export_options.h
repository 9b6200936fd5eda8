// SPDX-License-Identifier: Apache-2.0
// The command line of kfence-trace export, checked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace kfence {

enum class ExportTable : std::uint8_t { kEvents, kObjects, kAges, kLifetimes, kCaches, kStacks, kOccupancy, kReports };
inline constexpr std::size_t kExportTableCount = 8;
/// "events", "objects" and so on.
[[nodiscard]] std::string_view to_string(ExportTable table) noexcept;

enum class ExportFormat : std::uint8_t { kCsv, kJsonl, kChrome, kFolded };

/// What the number at the end of a folded line is.
enum class FoldedWeight : std::uint8_t {
    kObjects,  ///< how many objects of that stack the pool held
    kSlotTime, ///< for how long they held their slots, ms
};

struct ExportOptions {
    std::string file;
    ExportTable table = ExportTable::kEvents;
    ExportFormat format = ExportFormat::kCsv;
    FoldedWeight weight = FoldedWeight::kObjects;
    bool histogram = false; ///< of the lifetimes, instead of each
    std::string machine;    ///< by number or host; empty: all
    std::string output;     ///< empty: stdout
    bool force = false;     ///< an output that exists is replaced
};

/// As they were typed.
struct TypedExport {
    std::string file;
    std::string table;
    std::string format = "csv";
    std::string weight = "count";
    std::string machine;
    std::string output = "-";
    bool histogram = false;
    bool force = false;
};

/// `typed` must live until the command line was parsed.
void declare_export_options(CLI::App& command, TypedExport& typed);
/// Errors are kUsage. `command` tells which options were given.
[[nodiscard]] Result<ExportOptions> check_export_options(const CLI::App& command, const TypedExport& typed);

} // namespace kfence
