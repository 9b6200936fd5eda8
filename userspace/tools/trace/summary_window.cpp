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

constexpr std::int64_t kSecond = 1'000'000'000;
/// A first row that is later than the start by more than this: what was before it was trimmed.
constexpr KernelNs kMostDelay = 10'000'000'000;

struct Unit {
    std::string_view name;
    double ns;
};
constexpr std::array<Unit, 5> kUnits = {{{"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}}};

/// "90s", "1.5h".
std::optional<std::int64_t> parse_length(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    const auto* const found = std::ranges::find(kUnits, unit, &Unit::name);
    if (error != std::errc() || found == kUnits.end() || !(value >= 0) ||
        value * found->ns > static_cast<double>(kMostTraceTime)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(std::llround(value * found->ns));
}

/// Takes what a date is made of from the front of a text.
class DateReader {
public:
    explicit DateReader(std::string_view text) noexcept : rest_(text) {}

    /// That many digits; -1 when there is something else.
    int digits(std::size_t count) noexcept {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') {
                return -1;
            }
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }
    bool take(std::string_view any_of) noexcept {
        const bool taken = !rest_.empty() && any_of.find(rest_.front()) != std::string_view::npos;
        rest_.remove_prefix(taken ? 1 : 0);
        return taken;
    }
    [[nodiscard]] char next() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }
    [[nodiscard]] bool done() const noexcept { return rest_.empty(); }

private:
    std::string_view rest_;
};

/// Fraction of a second, ns.
std::int64_t parse_fraction(DateReader& reader) {
    std::int64_t value = 0;
    std::int64_t unit = kSecond;
    for (int digit = reader.digits(1); digit >= 0; digit = reader.digits(1)) {
        unit /= 10;
        value += unit * digit;
    }
    return value;
}

/// Seconds east of UTC; nullopt for what is no zone.
std::optional<std::int64_t> parse_zone(DateReader& reader) {
    if (reader.done() || reader.take("Zz")) {
        return 0;
    }
    const bool west = reader.next() == '-';
    if (!reader.take("+-")) {
        return std::nullopt;
    }
    const int hours = reader.digits(2);
    reader.take(":");
    const int minutes = reader.digits(2);
    if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59) {
        return std::nullopt;
    }
    return (west ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/// Unix time, ns.
std::optional<std::int64_t> parse_date(std::string_view text) {
    DateReader reader(text);
    std::tm parts{};
    parts.tm_year = reader.digits(4) - 1900;
    const bool dashed = reader.take("-");
    parts.tm_mon = reader.digits(2) - 1;
    const bool dashed_again = reader.take("-");
    parts.tm_mday = reader.digits(2);
    std::int64_t fraction = 0;
    if (reader.take("Tt ")) {
        parts.tm_hour = reader.digits(2);
        const bool has_minutes = reader.take(":");
        parts.tm_min = reader.digits(2);
        parts.tm_sec = reader.take(":") ? reader.digits(2) : 0;
        fraction = reader.take(".") ? parse_fraction(reader) : 0;
        if (!has_minutes || parts.tm_hour < 0 || parts.tm_hour > 23 || parts.tm_min < 0 || parts.tm_min > 59 ||
            parts.tm_sec < 0 || parts.tm_sec > 60) {
            return std::nullopt;
        }
    }
    const auto zone = parse_zone(reader);
    const int day = parts.tm_mday;
    const int month = parts.tm_mon;
    if (!dashed || !dashed_again || parts.tm_year < 70 || parts.tm_year > 330 || month < 0 || day < 1 || !zone ||
        !reader.done()) {
        return std::nullopt;
    }
    const std::time_t seconds = timegm(&parts);
    if (parts.tm_mon != month) { // there is no such day
        return std::nullopt;
    }
    return (static_cast<std::int64_t>(seconds) - *zone) * kSecond + fraction;
}

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

const char* const kMomentHelp =
    "TIME is \"+90s\" after the start of the recording, \"-10m\" before its end (ms, s, m, h, d), or a date:\n"
    "\"2026-11-22\", \"2026-11-22 08:00\", \"2026-11-22T08:00:30Z\", in UTC unless it ends in \"+01:00\" or the like.";

Result<Moment> parse_moment(std::string_view option, std::string_view text) {
    const bool after = text.starts_with('+');
    const bool before = text.starts_with('-');
    const auto ns = after || before ? parse_length(text.substr(1)) : parse_date(text);
    if (!ns) {
        return fail(
            ErrorKind::kUsage,
            fmt::format("{} {}: must be \"+90s\" (after the start), \"-10m\" (before the end; ms, s, m, h, d) or "
                        "a date, as \"2026-11-22 08:00:30\"",
                        option, sanitize(text)));
    }
    return Moment{.kind = after    ? Moment::Kind::kAfterStart
                          : before ? Moment::Kind::kBeforeEnd
                                   : Moment::Kind::kDate,
                  .ns = *ns};
}

Result<std::vector<Window>> recorded_windows(TraceFile& file) {
    const auto& machines = file.machines();
    std::vector<std::optional<KernelNs>> first(machines.size());
    std::vector<std::optional<KernelNs>> last(machines.size());
    for (const std::string_view table : {"walks", "settings", "stats"}) {
        if (auto read = widen(file, table, true, first); !read) {
            return std::unexpected(read.error());
        }
    }
    if (!std::ranges::all_of(machines, [](const MachineInfo& machine) { return machine.ended.has_value(); })) {
        for (const std::string_view table : {"events", "slots", "walks", "settings", "stats", "losses", "reports"}) {
            if (auto read = widen(file, table, false, last); !read) {
                return std::unexpected(read.error());
            }
        }
    }
    std::vector<Window> out;
    for (std::size_t i = 0; i < machines.size(); ++i) {
        const KernelNs started = bounded(static_cast<std::int64_t>(machines[i].started.kernel));
        Window window{.since = started, .until = started};
        if (first[i] && *first[i] > started && *first[i] - started > kMostDelay) {
            window.since = *first[i];
        }
        const KernelNs end = machines[i].ended ? bounded(static_cast<std::int64_t>(machines[i].ended->kernel))
                                               : last[i].value_or(started);
        window.until = std::max(window.since, end);
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
