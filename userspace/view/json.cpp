// SPDX-License-Identifier: Apache-2.0
#include "view/json.h"

#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "view/describe.h"
#include "view/format.h"

namespace kfence {
namespace {

using Json = nlohmann::ordered_json;

template <typename T> Json maybe(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}

Json maybe_text(std::string_view text) {
    return text.empty() ? Json() : Json(std::string(text));
}

Json seconds(std::optional<std::uint64_t> ns) {
    return ns ? Json(static_cast<double>(*ns) / 1e9) : Json();
}

Json pool_json(const Snapshot& s) {
    const PoolUse& pool = s.pool;
    if (pool.objects == 0) {
        const auto& counters = s.counters;
        return {{"objects", nullptr}, {"allocated", counters ? Json(counters->allocated) : Json()},
                {"free", nullptr},    {"zombies", counters ? Json(counters->zombies) : Json()},
                {"usage", nullptr},   {"rcu_freeing", nullptr}};
    }
    return {{"objects", pool.objects}, {"allocated", pool.allocated}, {"free", pool.free},
            {"zombies", pool.zombies}, {"usage", pool.usage},         {"rcu_freeing", pool.rcu_freeing}};
}

Json counters_json(const Snapshot& s) {
    if (!s.counters) {
        return nullptr;
    }
    const KernelCounters& c = *s.counters;
    return {{"enabled", c.enabled}, {"allocated", c.allocated}, {"allocs", c.allocs},
            {"frees", c.frees},     {"zombies", c.zombies},     {"bugs", c.bugs}};
}

Json skips_json(const Snapshot& s) {
    const KernelCounters none;
    const KernelCounters& c = s.counters ? *s.counters : none;
    return {{"incompatible", maybe(c.skip_incompatible)},
            {"capacity", maybe(c.skip_capacity)},
            {"covered", maybe(c.skip_covered)},
            {"quota", maybe(c.skip_quota)}};
}

Json skips_seen_json(const Snapshot& s) {
    Json out = Json::object();
    for (std::size_t i = 0; i < kSkipReasonCount; ++i) {
        out[std::string(to_string(static_cast<SkipReason>(i)))] = s.skips_seen[i];
    }
    return out;
}

Json ages_json(const Snapshot& s) {
    Json out = Json::array();
    for (const AgeBucket& bucket : s.ages) {
        const Json bound = bucket.le_ns == UINT64_MAX ? Json("+Inf") : seconds(bucket.le_ns);
        out.push_back({{"le_s", bound}, {"count", bucket.count}});
    }
    return out;
}

Json caches_json(const ViewInput& input, const CacheOrder& order) {
    Json out = Json::array();
    for (const CacheUse* use : select_caches(input.snapshot, input.names, order.filter, order.sort, order.reverse)) {
        out.push_back({{"name", shown_name(input.names, use->cache)},
                       {"allocated", use->allocated},
                       {"allocs", use->allocs},
                       {"frees", use->frees},
                       {"share", use->share},
                       {"age_p50_s", seconds(use->age_p50_ns)},
                       {"age_p99_s", seconds(use->age_p99_ns)},
                       {"skipped", use->skipped},
                       {"refused", use->refused},
                       {"sampled", use->sampled},
                       {"allocs_per_s", use->alloc_rate},
                       {"life_p50_s", seconds(use->life_p50_ns)},
                       {"life_p99_s", seconds(use->life_p99_ns)},
                       {"age_max_s", seconds(use->age_max_ns)},
                       {"life_p90_s", seconds(use->life_p90_ns)}});
    }
    return out;
}

Json frames_json(const Names& names, StackId stack) {
    Json out = Json::array();
    for (const std::string_view frame : caller_frames(names, stack)) {
        out.push_back(frame);
    }
    return out;
}

Json stacks_json(const ViewInput& input) {
    Json out = Json::array();
    for (const StackUse& use : input.snapshot.stacks) {
        out.push_back({{"count", use.count},
                       {"cache", shown_name(input.names, use.cache)},
                       {"frames", frames_json(input.names, use.stack)},
                       {"oldest_s", seconds(use.oldest_ns)},
                       {"held_s", seconds(use.held_ns)}});
    }
    return out;
}

Json coverage_json(const ViewInput& input) {
    const Coverage& c = input.snapshot.coverage;
    return {{"allocs", c.allocs},
            {"stacks", c.distinct},
            {"seen_once", c.once},
            {"seen_twice", c.twice},
            {"stacks_estimated", c.estimated},
            {"chance_of_new", maybe(c.chance_of_new)},
            {"full", c.is_full},
            {"last_new", c.last_new ? Json(format_time(input.anchor.at(*c.last_new))) : Json()}};
}

Json task_json(const Task& task) {
    return {{"pid", task.pid},
            {"comm", maybe_text(sanitize(fixed_field(task.comm.data(), task.comm.size())))},
            {"cpu", task.cpu >= 0 ? Json(task.cpu) : Json()}};
}

Json report_json(const ViewInput& input, const ReportSeen& seen) {
    const ReportEvent& r = seen.report;
    const bool has_object = r.slot != kNoSlot;
    return {{"time", format_time(input.anchor.at(r.time))},
            {"type", to_string(r.type)},
            {"cache", maybe_text(report_cache(input.names, r))},
            {"size", has_object ? Json(r.size) : Json()},
            {"object_age_s", has_object ? seconds(seen.object_age_ns) : Json()},
            {"alloc_stack", frames_json(input.names, r.alloc_stack)},
            {"free_stack", frames_json(input.names, r.free_stack)},
            {"access", maybe_text(to_string(r.access))},
            {"access_stack", frames_json(input.names, r.access_stack)},
            {"offset", has_object ? Json(r.offset) : Json()},
            {"slot", has_object ? Json(r.slot) : Json()},
            {"task", task_json(r.task)},
            {"quarantine_s", maybe(seen.quarantine_s)}};
}

Json reports_json(const ViewInput& input) {
    Json out = Json::array();
    for (const ReportSeen& seen : input.snapshot.reports) {
        out.push_back(report_json(input, seen));
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

Json drift_json(const Drift& drift) {
    return {{"allocated", maybe(drift.allocated)},
            {"allocs", maybe(drift.allocs)},
            {"frees", maybe(drift.frees)},
            {"settled", drift.settled}};
}

} // namespace

std::string render_json(const ViewInput& input, const CacheOrder& order) {
    const Snapshot& s = input.snapshot;
    const Rates& r = s.rates;
    Json out;
    out["time"] = format_time(input.anchor.at(s.now));
    out["host"] = input.info.host;
    out["kernel"] = input.info.kernel;
    out["backend"] = input.info.backend;
    out["enabled"] = s.enabled;
    out["disabled_itself"] = maybe(s.disabled_itself);
    out["pool"] = pool_json(s);
    out["rates"] = {{"intended", maybe(r.intended)},
                    {"attempted", maybe(r.attempted)},
                    {"actual", maybe(r.actual)},
                    {"frees", maybe(r.frees)}};
    out["skips"] = skips_json(s);
    out["skips_per_s"] = {{"incompatible", maybe(r.skip_incompatible)},
                          {"capacity", maybe(r.skip_capacity)},
                          {"covered", maybe(r.skip_covered)},
                          {"quota", maybe(r.skip_quota)}};
    out["skips_seen"] = skips_seen_json(s);
    out["settings"] = {{"sample_interval_ms", maybe(s.settings.sample_interval_ms)},
                       {"skip_covered_thresh", maybe(s.settings.skip_covered_thresh)},
                       {"burst", maybe(s.settings.burst)},
                       {"deferrable", maybe(s.settings.deferrable)}};
    out["quarantine_s"] = maybe(s.quarantine_s);
    out["quarantine_observed_s"] = maybe(s.quarantine_observed_s);
    out["full_in_s"] = maybe(s.full_in_s);
    out["age_histogram"] = ages_json(s);
    out["caches"] = caches_json(input, order);
    out["stacks"] = stacks_json(input);
    out["distinct_stacks"] = s.distinct_stacks;
    out["coverage"] = coverage_json(input);
    out["reports"] = reports_json(input);
    out["reports_total"] = s.reports_total;
    out["loss"] = loss_json(s.losses);
    out["resyncs"] = s.losses.resyncs;
    out["drift"] = drift_json(s.drift);
    out["counters"] = counters_json(s);
    out["blind"] = input.info.blind;
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace kfence
