// SPDX-License-Identifier: Apache-2.0
#include "view/csv.h"

#include <cmath>
#include <concepts>
#include <optional>

#include <fmt/format.h>

#include "view/format.h"

namespace kfence {
namespace {

constexpr std::string_view kPoolHeader =
    "time,host,kernel,backend,enabled,pool_objects,pool_allocated,pool_free,pool_zombies,pool_usage,"
    "rate_intended,rate_attempted,rate_actual,rate_frees,skips_incompatible,skips_capacity,skips_covered,"
    "sample_interval_ms,skip_covered_thresh,burst,quarantine_s,full_in_s,reports_total,loss_total,resyncs,"
    "drift_allocated,drift_allocs,drift_frees";
constexpr std::string_view kCachesHeader =
    "time,cache,allocated,allocs,frees,refused,share,allocs_per_s,age_p50_s,age_p99_s,life_p50_s,life_p99_s,skipped";
constexpr std::string_view kEndOfLine = "\r\n";

/// One line in the making.
class Row {
public:
    Row& text(std::string_view value) { return add(csv_text(value)); }
    Row& number(std::integral auto value) { return add(fmt::format("{}", value)); }
    Row& number(double value) { return add(std::isfinite(value) ? fmt::format("{}", value) : std::string()); }
    template <typename T> Row& number(const std::optional<T>& value) { return value ? number(*value) : add({}); }
    Row& seconds(std::optional<std::uint64_t> ns) { return ns ? number(static_cast<double>(*ns) / 1e9) : add({}); }
    /// A figure of the pool, which is not known before KFENCE was on.
    Row& known(bool is_known, auto value) { return is_known ? number(value) : add({}); }
    [[nodiscard]] std::string finish() { return line_ += kEndOfLine; }

private:
    Row& add(const std::string& cell) {
        if (!first_) {
            line_ += ',';
        }
        first_ = false;
        line_ += cell;
        return *this;
    }
    std::string line_;
    bool first_ = true;
};

std::string pool_row(const ViewInput& input) {
    const Snapshot& s = input.snapshot;
    const bool known = s.pool.objects > 0;
    const KernelCounters none;
    const KernelCounters& counters = s.counters ? *s.counters : none;
    Row row;
    row.text(format_time(input.anchor.at(s.now))).text(input.info.host).text(input.info.kernel);
    row.text(input.info.backend).number(s.enabled ? 1 : 0);
    row.known(known, s.pool.objects).known(known, s.pool.allocated).known(known, s.pool.free);
    row.known(known, s.pool.zombies).known(known, s.pool.usage);
    row.number(s.rates.intended).number(s.rates.attempted).number(s.rates.actual).number(s.rates.frees);
    row.number(counters.skip_incompatible).number(counters.skip_capacity).number(counters.skip_covered);
    row.number(s.settings.sample_interval_ms).number(s.settings.skip_covered_thresh).number(s.settings.burst);
    row.number(s.quarantine_s).number(s.full_in_s).number(s.reports_total);
    row.number(s.losses.total()).number(s.losses.resyncs);
    row.number(s.drift.allocated).number(s.drift.allocs).number(s.drift.frees);
    return row.finish();
}

std::string cache_rows(const ViewInput& input, const CacheOrder& order) {
    const std::string time = format_time(input.anchor.at(input.snapshot.now));
    std::string out;
    for (const CacheUse* use : select_caches(input.snapshot, input.names, order.filter, order.sort, order.reverse)) {
        Row row;
        row.text(time).text(shown_name(input.names, use->cache));
        row.number(use->allocated).number(use->allocs).number(use->frees).number(use->refused);
        row.number(use->share).number(use->alloc_rate);
        row.seconds(use->age_p50_ns).seconds(use->age_p99_ns).seconds(use->life_p50_ns).seconds(use->life_p99_ns);
        row.number(use->skipped ? 1 : 0);
        out += row.finish();
    }
    return out;
}

} // namespace

std::string csv_text(std::string_view text) {
    std::string out;
    if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) {
        out += '\'';
    }
    out += text;
    if (out.find_first_of(",\"\r\n") == std::string::npos) {
        return out;
    }
    for (std::size_t at = out.find('"'); at != std::string::npos; at = out.find('"', at + 2)) {
        out.insert(at, 1, '"');
    }
    return '"' + out + '"';
}

std::string csv_header(CsvTable table) {
    return std::string(table == CsvTable::kPool ? kPoolHeader : kCachesHeader).append(kEndOfLine);
}

std::string csv_rows(CsvTable table, const ViewInput& input, const CacheOrder& order) {
    return table == CsvTable::kPool ? pool_row(input) : cache_rows(input, order);
}

} // namespace kfence
