// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/summary_window.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

#include <fmt/format.h>

#include "base/text.h"
#include "store/schema.h"

namespace kfence {
namespace {

/// A first row that is later than the start by more than this: what was before it was trimmed.
constexpr KernelNs kMostDelay = 10'000'000'000;

KernelNs bounded(std::int64_t time) noexcept {
    return static_cast<KernelNs>(std::clamp<std::int64_t>(time, 0, kMostTraceTime));
}

/// `least` or `most` of column time for each machine that has a row in the table.
Result<void> widen(TraceFile& file, std::string_view table, bool least, std::vector<std::optional<KernelNs>>& out) {
    auto rows = file.database().prepare(
        fmt::format("SELECT machine, {}(time) FROM {} NOT INDEXED GROUP BY machine", least ? "min" : "max", table));
    if (!rows) {
        return std::unexpected(rows.error());
    }
    for (auto row = rows->step(); !row || *row; row = rows->step()) {
        if (!row) {
            return std::unexpected(row.error());
        }
        const std::int64_t machine = rows->integer(0);
        if (machine < 1 || machine > static_cast<std::int64_t>(out.size())) {
            continue; // the cursor will say what is wrong
        }
        auto& known = out[static_cast<std::size_t>(machine - 1)];
        const KernelNs time = bounded(rows->integer(1));
        known = !known ? time : least ? std::min(*known, time) : std::max(*known, time);
    }
    return {};
}

KernelNs resolve(const TraceFile& file, std::int64_t machine, const Window& recorded, const Moment& moment) {
    const auto length = static_cast<KernelNs>(moment.ns);
    switch (moment.kind) {
    case Moment::Kind::kAfterStart:
        return recorded.since + std::min(length, recorded.length_ns());
    case Moment::Kind::kBeforeEnd:
        return recorded.until - std::min(length, recorded.length_ns());
    case Moment::Kind::kDate:
        break;
    }
    const std::int64_t start = file.unix_time(machine, recorded.since);
    const std::int64_t end = file.unix_time(machine, recorded.until);
    return moment.ns <= start ? recorded.since
           : moment.ns >= end ? recorded.until
                              : recorded.since + (static_cast<KernelNs>(moment.ns) - static_cast<KernelNs>(start));
}

} // namespace

Result<std::vector<Window>> recorded_windows(TraceFile& file) {
    const auto& machines = file.machines();
    std::vector<std::optional<KernelNs>> first(machines.size());
    std::vector<std::optional<KernelNs>> last(machines.size());
    for (const std::string_view table : {"walks", "settings", "stats"}) {
        if (auto read = widen(file, table, true, first); !read) {
            return std::unexpected(read.error());
        }
    }
    // The end of a machine is noted a moment before its last rows come, and a loss is never left out.
    const bool has_ends = std::ranges::all_of(machines, [](const MachineInfo& m) { return m.ended.has_value(); });
    const std::vector<std::string_view> tables =
        has_ends ? std::vector<std::string_view>{"losses", "reports"}
                 : std::vector<std::string_view>{"events", "slots", "walks", "settings", "stats", "losses", "reports"};
    for (const std::string_view table : tables) {
        if (auto read = widen(file, table, false, last); !read) {
            return std::unexpected(read.error());
        }
    }
    std::vector<std::optional<KernelNs>> first_loss(machines.size());
    if (auto read = widen(file, "losses", true, first_loss); !read) {
        return std::unexpected(read.error());
    }
    std::vector<Window> out;
    for (std::size_t i = 0; i < machines.size(); ++i) {
        const KernelNs started = bounded(static_cast<std::int64_t>(machines[i].started.kernel));
        Window window{.since = started, .until = started};
        if (first[i] && *first[i] > started && *first[i] - started > kMostDelay) {
            window.since = *first[i];
        }
        window.since = std::min(window.since, first_loss[i].value_or(window.since));
        const KernelNs end =
            machines[i].ended ? bounded(static_cast<std::int64_t>(machines[i].ended->kernel)) : started;
        window.until = std::max({window.since, end, last[i].value_or(end)});
        out.push_back(window);
    }
    return out;
}

std::optional<Window> choose_window(const TraceFile& file, std::int64_t machine, const Window& recorded,
                                    const WindowWish& wish) {
    Window out = recorded;
    if (wish.since) {
        out.since = resolve(file, machine, recorded, *wish.since);
    }
    if (wish.until) {
        out.until = resolve(file, machine, recorded, *wish.until);
    }
    const bool is_empty = out.since >= out.until;
    return is_empty && (wish.since || wish.until) ? std::nullopt : std::optional(out);
}

} // namespace kfence
