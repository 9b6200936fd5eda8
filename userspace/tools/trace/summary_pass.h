// SPDX-License-Identifier: Apache-2.0
// One pass over a recording: what it says about each of its machines.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "store/trace_file.h"
#include "tools/trace/summary.h"
#include "tools/trace/summary_selection.h"
#include "tools/trace/summary_stacks.h"

namespace kfence {

struct SummaryWish {
    std::int64_t machine = 0; ///< 0: all of them
    WindowWish window;
    Selection selection;
};

/// In the order of the machines. Those that were not recorded in the window are left out; the error is kUsage when that
/// are all. Ids are those of `names`, which may have been used for another file before.
[[nodiscard]] Result<std::vector<Summary>> summarize(TraceFile& file, const SummaryWish& wish, SummaryNames& names);

} // namespace kfence
