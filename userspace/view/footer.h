// SPDX-License-Identifier: Apache-2.0
// The last line and the help.
#pragma once

#include "view/screen.h"
#include "view/view_input.h"

namespace kfence {

void draw_footer(Screen& screen, const ViewInput& input, const ViewOptions& options);
void draw_help(Screen& screen, const ViewInput& input, const ViewOptions& options);
/// For a screen too small for a view: what is wrong, the pool, and why there is no more.
void draw_small(Screen& screen, const ViewInput& input, const ViewOptions& options);

} // namespace kfence
