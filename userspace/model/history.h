// SPDX-License-Identifier: Apache-2.0
// The occupancy over time, in a bounded number of points, and the forecast made from it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/snapshot.h"

namespace kfence {

class History {
public:
    History(std::size_t max_points, std::uint64_t span_ns) noexcept;

    /// Points that follow the one before by less than the step replace it. The step doubles until the span
    /// fits into the number of points.
    void add(KernelNs now, std::uint32_t allocated);

    [[nodiscard]] const std::vector<HistoryPoint>& points() const noexcept { return points_; }

private:
    void thin_out();

    std::size_t max_points_;
    std::uint64_t span_ns_;
    std::uint64_t step_ns_ = 0;
    KernelNs step_start_ = 0; ///< when the step began that the last point stands for
    std::vector<HistoryPoint> points_;
};

/// What forecast_full() goes by unless told otherwise.
inline constexpr std::uint64_t kForecastSpanNs = 600'000'000'000;

/// Seconds until the pool is full, from the slope of the last `span_ns` (least squares). nullopt: fewer than 5 points
/// or 10 s, no significant growth, or full already.
[[nodiscard]] std::optional<double> forecast_full(const std::vector<HistoryPoint>& points, std::uint32_t objects,
                                                  std::uint64_t span_ns = kForecastSpanNs);

} // namespace kfence
