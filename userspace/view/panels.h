// SPDX-License-Identifier: Apache-2.0
// The pieces of the overview. Each draws into its rectangle and nowhere else, whatever its size.
#pragma once

#include <vector>

#include "view/screen.h"
#include "view/view_input.h"

namespace kfence {

struct Rect {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

/// One row: what is wrong, which machine, which settings, loss and drift. What has no room is left out, the
/// least important first.
void draw_title(Screen& screen, int y, const ViewInput& input, const ViewOptions& options);

/// One row: occupancy as a bar and as figures.
void draw_pool(Screen& screen, int y, const Snapshot& snapshot);
/// One row: occupancy over the last hour, the forecast, the quarantine.
void draw_history(Screen& screen, int y, const Snapshot& snapshot);
/// One row: the three rates and the refused allocations.
void draw_rates(Screen& screen, int y, const Snapshot& snapshot);

/// Ages in the few steps that a screen shows.
struct AgeRow {
    const char* label;
    std::uint32_t count;
};
[[nodiscard]] std::vector<AgeRow> age_rows(const std::vector<AgeBucket>& buckets);
inline constexpr int kAgeRows = 9;

void draw_ages(Screen& screen, Rect where, const Snapshot& snapshot);
/// "Found since boot" with the last reports. Returns the rows it used.
int draw_reports(Screen& screen, Rect where, const ViewInput& input);
void draw_stacks(Screen& screen, Rect where, const ViewInput& input);

/// A heading and the caches from row `scroll` of their order on.
void draw_caches(Screen& screen, Rect where, const ViewInput& input, const CacheOrder& order, std::size_t scroll);

} // namespace kfence
