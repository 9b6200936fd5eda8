// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/summary_pass.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/text.h"
#include "model/history.h"
#include "tools/trace/summary_rates.h"
#include "tools/trace/summary_reports.h"
#include "tools/trace/summary_slots.h"
#include "view/format.h"

namespace kfence {
namespace {

/// nullopt when the pool does not fill.
std::optional<double> forecast(const PoolSummary& pool, const Window& window) {
    const std::size_t parts = pool.occupancy.size();
    const double share = std::min(1.0, forecast_span_s(window) / window.seconds());
    std::vector<HistoryPoint> points;
    for (std::size_t i = parts - static_cast<std::size_t>(share * static_cast<double>(parts)); i < parts; ++i) {
        const double middle = (static_cast<double>(i) + 0.5) / static_cast<double>(parts);
        points.push_back(
            {.time = window.since + static_cast<KernelNs>(middle * static_cast<double>(window.length_ns())),
             .allocated = static_cast<std::uint32_t>(std::lround(pool.occupancy[i]))});
    }
    return forecast_full(points, pool.objects, window.length_ns());
}

/// All that is followed of one machine.
class MachineBook {
public:
    MachineBook(std::int64_t machine, MachineInfo info, const Window& window, Selector& selector, SummaryNames& names)
        : names_(&names), slots_(window, selector, names.stacks), rates_(window), reports_(window) {
        summary_.machine = machine;
        summary_.info = std::move(info);
        summary_.window = window;
    }

    Result<void> take(const TraceRecord& record) {
        return std::visit([&](const auto& event) { return take_event(event, record); }, record.event);
    }

    Summary finish() {
        slots_.finish(summary_);
        rates_.finish(summary_, summary_.info.source.complete_stream);
        reports_.finish(summary_);
        PoolSummary& pool = summary_.pool;
        if (!pool.occupancy.empty()) {
            pool.mean = std::accumulate(pool.occupancy.begin(), pool.occupancy.end(), 0.0) /
                        static_cast<double>(pool.occupancy.size());
            pool.full_in_s = pool.full_since ? std::nullopt : forecast(pool, summary_.window);
        }
        return std::move(summary_);
    }

private:
    Result<void> take_event(const AllocEvent& event, const TraceRecord& record) {
        rates_.take(event);
        return slots_.take(event, record);
    }
    Result<void> take_event(const FreeEvent& event, const TraceRecord& record) {
        rates_.take(event);
        return slots_.take(event, record);
    }
    Result<void> take_event(const SlotEvent& event, const TraceRecord& record) { return slots_.take(event, record); }
    Result<void> take_event(const ZombieEvent& event, const TraceRecord& record) {
        slots_.take(event, record);
        return {};
    }
    Result<void> take_event(const RcuFreeingEvent& /*event*/, const TraceRecord& /*record*/) {
        return {}; // its slot stays occupied
    }
    Result<void> take_event(const WalkEvent& event, const TraceRecord& /*record*/) {
        slots_.take(event);
        return {};
    }
    Result<void> take_event(const SkipEvent& event, const TraceRecord& /*record*/) {
        rates_.take(event);
        slots_.take(event);
        return {};
    }
    Result<void> take_event(const CountersEvent& event, const TraceRecord& /*record*/) {
        rates_.take(event);
        return {};
    }
    Result<void> take_event(const SettingsEvent& event, const TraceRecord& /*record*/) {
        rates_.take(event);
        return {};
    }
    Result<void> take_event(const ReportEvent& event, const TraceRecord& record) {
        reports_.take(event, names_->names, slots_.is_selected(event, record.object));
        return {};
    }
    Result<void> take_event(const CacheSkipEvent& event, const TraceRecord& /*record*/) {
        if (event.time <= summary_.window.until) {
            std::erase(summary_.skipped_caches, event.cache);
            if (event.skip) {
                summary_.skipped_caches.push_back(event.cache);
            }
        }
        return {};
    }
    Result<void> take_event(const LossEvent& event, const TraceRecord& /*record*/) {
        if (summary_.window.contains(event.time)) {
            summary_.losses.by_cause[static_cast<std::size_t>(event.cause)] += event.count;
        }
        return {};
    }

    Summary summary_;
    SummaryNames* names_;
    SlotBook slots_;
    RateBook rates_;
    ReportBook reports_;
};

std::unexpected<Error> nothing_then(const TraceFile& file, std::int64_t machine, const std::vector<Window>& recorded) {
    const auto index = static_cast<std::size_t>(std::max<std::int64_t>(machine, 1) - 1);
    const auto number = static_cast<std::int64_t>(index) + 1;
    return fail(ErrorKind::kUsage,
                fmt::format("{}: nothing was recorded between --since and --until: {} was recorded from {} to {}",
                            sanitize(file.path()), file.machines()[index].source.host,
                            format_time(file.unix_time(number, recorded[index].since)),
                            format_time(file.unix_time(number, recorded[index].until))));
}

} // namespace

double forecast_span_s(const Window& window) noexcept {
    constexpr double kLeast = 60;
    return std::min(window.seconds(), std::max(window.seconds() / 4, kLeast));
}

std::string_view summary_cache_name(const Names& names, CacheId cache) {
    return cache == kNoCache ? std::string_view("<unknown>") : std::string_view(names.cache_name(cache));
}

Result<std::vector<Summary>> summarize(TraceFile& file, const SummaryWish& wish, SummaryNames& names) {
    const auto recorded = recorded_windows(file);
    if (!recorded) {
        return std::unexpected(recorded.error());
    }
    auto cursor = TraceCursor::create(file, names.names, wish.machine);
    if (!cursor) {
        return std::unexpected(cursor.error());
    }
    Selector selector(wish.selection, *cursor, names.names);
    std::vector<std::unique_ptr<MachineBook>> books(recorded->size());
    bool any = false;
    for (std::size_t i = 0; i < books.size(); ++i) {
        const auto machine = static_cast<std::int64_t>(i) + 1;
        const auto window = choose_window(file, machine, (*recorded)[i], wish.window);
        if (window && (wish.machine == 0 || wish.machine == machine)) {
            books[i] = std::make_unique<MachineBook>(machine, file.machines()[i], *window, selector, names);
            any = true;
        }
    }
    if (!any) {
        return nothing_then(file, wish.machine, *recorded);
    }
    TraceRecord record;
    for (auto more = cursor->next(record); !more || *more; more = cursor->next(record)) {
        if (!more) {
            return std::unexpected(more.error());
        }
        MachineBook* book = books[static_cast<std::size_t>(record.machine - 1)].get();
        if (auto taken = book != nullptr ? book->take(record) : Result<void>{}; !taken) {
            return std::unexpected(taken.error());
        }
    }
    std::vector<Summary> out;
    for (const auto& book : books) {
        if (book) {
            out.push_back(book->finish());
        }
    }
    return out;
}

} // namespace kfence
