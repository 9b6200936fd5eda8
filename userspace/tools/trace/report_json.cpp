// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/report_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "view/describe.h"
#include "view/format.h"

namespace kfence {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostStacks = 200;

template <typename T> Json maybe(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}

Json seconds(std::optional<std::uint64_t> ns) {
    return ns ? Json(static_cast<double>(*ns) / 1e9) : Json();
}

Json range_json(const std::optional<Range>& range) {
    return range ? Json{{"least_s", seconds(range->least)}, {"most_s", seconds(range->most)}} : Json();
}

Json settings_json(const Summary& s) {
    Json out = Json::array();
    for (const SettingsEvent& settings : s.settings) {
        out.push_back({{"since", format_time(s.unix_time(std::max(settings.time, s.window.since)))},
                       {"sample_interval_ms", maybe(settings.sample_interval_ms)},
                       {"burst", maybe(settings.burst)},
                       {"skip_covered_thresh", maybe(settings.skip_covered_thresh)},
                       {"deferrable", maybe(settings.deferrable)},
                       {"disabled_by_warn", maybe(settings.disabled_by_warn)}});
    }
    return out;
}

Json rates_json(const RateSummary& r) {
    Json seen = Json::object();
    for (std::size_t i = 0; i < kSkipReasonCount; ++i) {
        seen[std::string(to_string(static_cast<SkipReason>(i)))] = r.skips_seen[i];
    }
    return {{"seconds", r.seconds},
            {"from", r.from_counters ? "counters" : "events"},
            {"intended", maybe(r.intended)},
            {"attempted", maybe(r.attempted)},
            {"guarded", maybe(r.guarded)},
            {"freed", maybe(r.freed)},
            {"skips",
             {{"incompatible", maybe(r.skip_incompatible)},
              {"capacity", maybe(r.skip_capacity)},
              {"covered", maybe(r.skip_covered)},
              {"quota", maybe(r.skip_quota)}}},
            {"skips_seen", seen}};
}

Json pool_json(const Summary& s, const SummaryNames& names) {
    const PoolSummary& pool = s.pool;
    if (pool.objects == 0) {
        return nullptr;
    }
    Json held = Json::array();
    for (const HeldBy& by : pool.held) {
        held.push_back({{"cache", summary_cache_name(names.names, by.cache)}, {"slots", by.slots}});
    }
    const bool has_length = !pool.occupancy.empty();
    const auto after = [&](std::optional<KernelNs> time) { return time ? seconds(*time - s.window.since) : Json(); };
    return {{"objects", pool.objects},
            {"mean", has_length ? Json(pool.mean) : Json()},
            {"at_end", pool.at_end},
            {"zombies", pool.zombies},
            {"full_share", has_length ? Json(pool.full_share) : Json()},
            {"full_after_s", after(pool.full_at)},
            {"full_to_the_end_after_s", after(pool.full_since)},
            {"full_in_s", maybe(pool.full_in_s)},
            {pool.full_at ? "held_when_full" : "held_at_end", held},
            {"occupancy", pool.occupancy}};
}

Json caches_json(const Summary& s, const SummaryNames& names) {
    Json out = Json::array();
    for (const CacheSummary& c : s.caches) {
        out.push_back({{"name", summary_cache_name(names.names, c.cache)},
                       {"slot_seconds", c.slot_seconds},
                       {"share", maybe(c.share)},
                       {"live", c.live},
                       {"allocs", c.allocs},
                       {"frees", c.frees},
                       {"refused", c.refused},
                       {"age", percentiles_json(c.ages)},
                       {"lifetime", percentiles_json(c.lifetimes)}});
    }
    return out;
}

Json stacks_json(const Summary& s, const SummaryNames& names) {
    Json out = Json::array();
    for (std::size_t i = 0; i < std::min(s.stacks.size(), kMostStacks); ++i) {
        const StackSummary& stack = s.stacks[i];
        out.push_back({{"cache", summary_cache_name(names.names, stack.cache)},
                       {"slot_seconds", stack.slot_seconds},
                       {"share", maybe(stack.share)},
                       {"live", stack.live},
                       {"allocs", stack.allocs},
                       {"oldest_s", seconds(stack.oldest_ns)},
                       {"frames", frames_json(names, stack.stack)}});
    }
    return out;
}

Json reports_json(const Summary& s, const SummaryNames& names) {
    Json out = Json::array();
    for (const ReportSummary& report : s.reports) {
        out.push_back({{"title", report.title},
                       {"type", to_string(report.first.type)},
                       {"access", text_json(to_string(report.first.access))},
                       {"cache", text_json(report.cache)},
                       {"count", report.count},
                       {"first", format_time(s.unix_time(report.first.time))},
                       {"last", format_time(s.unix_time(report.last))},
                       {"object_age", range_json(report.age_ns)},
                       {"since_free", range_json(report.since_free_ns)},
                       {"access_stack", frames_json(names, report.first.access_stack)},
                       {"alloc_stack", frames_json(names, report.first.alloc_stack)},
                       {"free_stack", frames_json(names, report.first.free_stack)}});
    }
    return out;
}

Json loss_json(const Losses& losses) {
    Json out = {{"total", losses.total()}};
    for (std::size_t i = 0; i < kLossCauseCount; ++i) {
        out[std::string(to_string(static_cast<LossCause>(i)))] = losses.by_cause[i];
    }
    return out;
}

Json summary_json(const Summary& s, const SummaryNames& names) {
    Json out = machine_json(s, names);
    out.update({{"rates", rates_json(s.rates)},
                {"pool", pool_json(s, names)},
                {"quarantine", percentiles_json(s.quarantine)},
                {"caches", caches_json(s, names)},
                {"stacks", stacks_json(s, names)},
                {"stack_count", s.stacks.size()},
                {"reports", reports_json(s, names)},
                {"reports_seen", s.reports_seen},
                {"bugs", maybe(s.bugs)},
                {"unseen_ends", s.info.source.complete_stream ? Json(s.missed_ends) : Json()}});
    return out;
}

} // namespace

Json text_json(std::string_view text) {
    return text.empty() ? Json() : Json(std::string(text));
}

Json percentiles_json(const Percentiles& p) {
    return {{"count", p.count}, {"p50_s", seconds(p.p50)}, {"p90_s", seconds(p.p90)}, {"p99_s", seconds(p.p99)}};
}

Json frames_json(const SummaryNames& names, StackId stack) {
    Json out = Json::array();
    for (const std::string_view frame : caller_frames(names.names, stack)) {
        out.push_back(frame);
    }
    return out;
}

std::string dump_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json machine_json(const Summary& s, const SummaryNames& names) {
    const SourceInfo& source = s.info.source;
    Json skipped = Json::array();
    for (const CacheId cache : s.skipped_caches) {
        skipped.push_back(summary_cache_name(names.names, cache));
    }
    return {{"machine", s.machine},
            {"host", text_json(source.host)},
            {"kernel", text_json(source.kernel)},
            {"backend", text_json(source.backend)},
            {"blind", source.blind},
            {"since", format_time(s.unix_time(s.window.since))},
            {"until", format_time(s.unix_time(s.window.until))},
            {"seconds", s.window.seconds()},
            {"settings", settings_json(s)},
            {"skipped_caches", skipped},
            {"loss", loss_json(s.losses)}};
}

std::string render_report_json(const std::string& path, const std::vector<Summary>& summaries,
                               const SummaryNames& names, const ReportNotes& notes) {
    Json machines = Json::array();
    for (const Summary& summary : summaries) {
        machines.push_back(summary_json(summary, names));
    }
    return dump_line({{"file", sanitize(path)},
                      {"complete", notes.is_complete},
                      {"being_recorded", notes.is_being_recorded},
                      {"selection", text_json(notes.selection)},
                      {"machines", std::move(machines)}});
}

} // namespace kfence
