// SPDX-License-Identifier: Apache-2.0
// How many slots were occupied: over time, and whether one was free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tools/trace/summary_window.h"

namespace kfence {

/// Mean occupancy in equal parts of a window, from the times in which slots were held, in whatever order they come.
class Occupancy {
public:
    Occupancy(const Window& window, std::size_t parts);

    /// Returns the seconds of it that lie in the window.
    double add(KernelNs begin, KernelNs end);

    /// Occupied slots in each part; empty for a window without length.
    [[nodiscard]] std::vector<double> means() const;

private:
    Window window_;
    double part_ns_;
    std::vector<double> partial_ns_;   ///< of slots that were held in a part of the part
    std::vector<std::int64_t> change_; ///< of the number of slots that were held all the time, part by part
};

/// Follows the number of occupied slots as events tell it, and how long it was that of the pool.
class FullWatch {
public:
    explicit FullWatch(const Window& window) noexcept : window_(window) {}

    /// Time passes, and nothing changed meanwhile. True when the pool is full, for the first time in the window.
    bool advance(KernelNs time) noexcept;
    /// The same for a change at the moment of the last advance().
    bool change(std::uint32_t held, std::uint32_t objects) noexcept;

    /// Of the window; complete after advance() to its end.
    [[nodiscard]] std::uint64_t full_ns() const noexcept { return full_ns_; }
    [[nodiscard]] std::optional<KernelNs> full_at() const noexcept { return full_at_; }
    /// Since when it was full, but for moments in which a few slots were free.
    [[nodiscard]] std::optional<KernelNs> full_since() const noexcept;

private:
    bool note_full() noexcept;
    [[nodiscard]] bool is_full() const noexcept { return objects_ > 0 && held_ >= objects_; }

    Window window_;
    KernelNs now_ = 0;
    std::uint32_t held_ = 0;
    std::uint32_t objects_ = 0;
    std::uint64_t full_ns_ = 0;
    std::optional<KernelNs> full_at_;
    std::optional<KernelNs> since_;
};

} // namespace kfence
