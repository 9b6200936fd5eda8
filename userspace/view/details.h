// SPDX-License-Identifier: Apache-2.0
// One thing in full, as lines of text: an object with both stacks, a report as the kernel prints it, the settings with
// what was lost.
#pragma once

#include <string>
#include <vector>

#include "view/place.h"
#include "view/screen.h"
#include "view/view_input.h"

namespace kfence {

struct TextLine {
    std::string text;
    Style style = Style::kNormal;
};

/// The frames of the allocator come last in a stack when `allocator_frames` is set, and not at all otherwise.
[[nodiscard]] std::vector<TextLine> object_lines(const ViewInput& input, const ObjectKey& key, bool allocator_frames);
[[nodiscard]] std::vector<TextLine> report_lines(const ViewInput& input, const Place& place, bool allocator_frames);
[[nodiscard]] std::vector<TextLine> settings_lines(const ViewInput& input);

} // namespace kfence
