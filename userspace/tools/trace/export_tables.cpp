// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/export_tables.h"

namespace kfence {

std::unique_ptr<ExportMaker> make_export(ExportContext& context) {
    const ExportFormat format = context.options.format;
    switch (context.options.table) {
    case ExportTable::kEvents:
        return make_events(context);
    case ExportTable::kObjects:
        return make_objects(context);
    case ExportTable::kAges:
        return make_ages(context);
    case ExportTable::kLifetimes:
        if (format == ExportFormat::kChrome) {
            return make_chrome(context);
        }
        return context.options.histogram ? make_lifetime_histogram(context) : make_lifetimes(context);
    case ExportTable::kCaches:
        return make_caches(context);
    case ExportTable::kStacks:
        return format == ExportFormat::kFolded ? make_folded(context) : make_stacks(context);
    case ExportTable::kOccupancy:
        return make_occupancy(context);
    case ExportTable::kReports:
        break;
    }
    return make_reports(context);
}

} // namespace kfence
