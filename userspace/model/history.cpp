// SPDX-License-Identifier: Apache-2.0
#include "model/history.h"

#include <algorithm>
#include <cmath>

namespace kfence {
namespace {

constexpr std::uint64_t kForecastMinSpanNs = 10'000'000'000;
constexpr std::size_t kForecastMinPoints = 5;
/// The slope must be this many times its own standard error.
constexpr double kSignificance = 3.0;

} // namespace

History::History(std::size_t max_points, std::uint64_t span_ns) noexcept
    : max_points_(std::max<std::size_t>(max_points, 2)), span_ns_(span_ns) {}

void History::add(KernelNs now, std::uint32_t allocated) {
    if (!points_.empty() && now <= points_.back().time) {
        points_.back().allocated = allocated;
        return;
    }
    if (!points_.empty() && now - step_start_ < step_ns_) {
        points_.back() = HistoryPoint{.time = now, .allocated = allocated};
        return;
    }
    points_.push_back(HistoryPoint{.time = now, .allocated = allocated});
    step_start_ = now;
    const auto young =
        std::find_if(points_.begin(), points_.end(), [&](const HistoryPoint& p) { return now - p.time <= span_ns_; });
    points_.erase(points_.begin(), young);
    while (points_.size() > max_points_) {
        thin_out();
    }
}

void History::thin_out() {
    const std::uint64_t covered = points_.back().time - points_.front().time;
    step_ns_ = std::max({step_ns_ * 2, covered / max_points_ * 2, std::uint64_t{1}});
    std::vector<HistoryPoint> kept;
    for (const HistoryPoint& p : points_) {
        if (kept.empty() || p.time - kept.back().time >= step_ns_) {
            kept.push_back(p);
        }
    }
    if (kept.back().time != points_.back().time) {
        kept.back() = points_.back(); // the newest point always stays
    }
    step_start_ = kept.back().time;
    points_ = std::move(kept);
}

std::optional<double> forecast_full(const std::vector<HistoryPoint>& points, std::uint32_t objects,
                                    std::uint64_t span_ns) {
    if (points.empty() || points.back().allocated >= objects) {
        return std::nullopt;
    }
    const KernelNs last = points.back().time;
    const auto first =
        std::find_if(points.begin(), points.end(), [&](const HistoryPoint& p) { return last - p.time <= span_ns; });
    const auto count = static_cast<std::size_t>(points.end() - first);
    if (count < kForecastMinPoints || last - first->time < kForecastMinSpanNs) {
        return std::nullopt;
    }
    const double n = static_cast<double>(count);
    double sum_x = 0;
    double sum_y = 0;
    for (auto p = first; p != points.end(); ++p) {
        sum_x += static_cast<double>(p->time - first->time) / 1e9;
        sum_y += p->allocated;
    }
    double sxx = 0;
    double sxy = 0;
    double syy = 0;
    for (auto p = first; p != points.end(); ++p) {
        const double x = static_cast<double>(p->time - first->time) / 1e9 - sum_x / n;
        const double y = p->allocated - sum_y / n;
        sxx += x * x;
        sxy += x * y;
        syy += y * y;
    }
    const double slope = sxy / sxx;
    const double residual = std::max(syy - slope * sxy, 0.0);
    const double error = std::sqrt(residual / (n - 2) / sxx);
    if (slope <= 0 || slope < kSignificance * error) {
        return std::nullopt;
    }
    return static_cast<double>(objects - points.back().allocated) / slope;
}

} // namespace kfence
