// SPDX-License-Identifier: Apache-2.0
#include "view/sparkline.h"

#include <algorithm>

namespace kfence {

std::string sparkline(std::span<const double> levels, bool utf8) {
    static constexpr const char* kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static constexpr const char* kAscii[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
    std::string out;
    for (const double level : levels) {
        const auto step = static_cast<std::size_t>(std::clamp(level * 8, 0.0, 7.0));
        out += utf8 ? kBlocks[step] : kAscii[step];
    }
    return out;
}

} // namespace kfence
