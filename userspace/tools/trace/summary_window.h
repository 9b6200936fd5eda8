// SPDX-License-Identifier: Apache-2.0
// Which part of a recording is looked at: --since and --until.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/trace_file.h"
#include "tools/common/moment.h"

namespace kfence {

/// Times of one machine's kernel clock.
struct Window {
    KernelNs since = 0;
    KernelNs until = 0;
    [[nodiscard]] std::uint64_t length_ns() const noexcept { return until > since ? until - since : 0; }
    [[nodiscard]] double seconds() const noexcept { return static_cast<double>(length_ns()) / 1e9; }
    [[nodiscard]] bool contains(KernelNs time) const noexcept { return time >= since && time <= until; }
};

/// The part that was asked for; nullopt: from the start, to the end.
struct WindowWish {
    std::optional<Moment> since;
    std::optional<Moment> until;
};

/// From when to when each machine was recorded, by number from 1 on. A recording that was cut off ends with its last
/// row, and one that was trimmed begins with what is left.
[[nodiscard]] Result<std::vector<Window>> recorded_windows(TraceFile& file);

/// The part of `recorded` that is wished for; nullopt when the machine was not recorded then.
[[nodiscard]] std::optional<Window> choose_window(const TraceFile& file, std::int64_t machine, const Window& recorded,
                                                  const WindowWish& wish);

} // namespace kfence
