// SPDX-License-Identifier: Apache-2.0
#include "view/lists.h"

namespace kfence {

std::unique_ptr<List> open_list(const ViewInput& input, const Place& place) {
    switch (place.kind) {
    case ViewKind::kCaches:
        return cache_list(input, place);
    case ViewKind::kObjects:
        return object_list(input, place);
    case ViewKind::kStacks:
        return stack_list(input, place);
    case ViewKind::kReports:
        return report_list(input, place);
    default:
        return nullptr;
    }
}

std::size_t sort_columns(ViewKind kind) noexcept {
    switch (kind) {
    case ViewKind::kObjects:
        return kObjectColumns;
    case ViewKind::kStacks:
        return kStackColumns;
    case ViewKind::kReports:
        return kReportColumns;
    default:
        return 0;
    }
}

} // namespace kfence
