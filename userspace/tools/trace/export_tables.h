// SPDX-License-Identifier: Apache-2.0
// The tables of an export, each with its columns as docs/trace-file.md has them.
#pragma once

#include <memory>

#include "tools/trace/export_pass.h"

namespace kfence {

// `context` must live as long as what is made.
[[nodiscard]] std::unique_ptr<ExportMaker> make_events(ExportContext& context);
[[nodiscard]] std::unique_ptr<ExportMaker> make_objects(ExportContext& context);
[[nodiscard]] std::unique_ptr<ExportMaker> make_ages(ExportContext& context);
[[nodiscard]] std::unique_ptr<ExportMaker> make_lifetimes(ExportContext& context);
[[nodiscard]] std::unique_ptr<ExportMaker> make_lifetime_histogram(ExportContext& context);
[[nodiscard]] std::unique_ptr<ExportMaker> make_caches(ExportContext& context);
[[nodiscard]] std::unique_ptr<ExportMaker> make_stacks(ExportContext& context);
[[nodiscard]] std::unique_ptr<ExportMaker> make_folded(ExportContext& context);
[[nodiscard]] std::unique_ptr<ExportMaker> make_occupancy(ExportContext& context);
[[nodiscard]] std::unique_ptr<ExportMaker> make_reports(ExportContext& context);
[[nodiscard]] std::unique_ptr<ExportMaker> make_chrome(ExportContext& context);

/// The one that the options ask for.
[[nodiscard]] std::unique_ptr<ExportMaker> make_export(ExportContext& context);

} // namespace kfence
