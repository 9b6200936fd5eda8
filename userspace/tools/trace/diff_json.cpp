// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "tools/trace/diff_render.h"
#include "tools/trace/report_json.h"
#include "view/format.h"

namespace kfence {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostStacks = 200;

Json maybe(std::optional<double> value) {
    return value ? Json(*value) : Json();
}

Json figures_json(const std::vector<FigureDiff>& diffs) {
    Json out = Json::array();
    for (const FigureDiff& diff : diffs) {
        const double scale = diff.unit == FigureUnit::kNanoseconds ? 1e-9 : 1;
        const auto value = [&](std::optional<double> side) { return side ? Json(*side * scale) : Json(); };
        const auto& [a, b] = diff.value;
        out.push_back({{"name", diff.name},
                       {"unit", to_string(diff.unit)},
                       {"a", value(a)},
                       {"b", value(b)},
                       {"ratio", a && b && *a != 0 ? Json(*b / *a) : Json()}});
    }
    return out;
}

Json caches_json(const DiffInput& input) {
    Json out = Json::array();
    for (const CacheDiff& diff : input.diff.caches) {
        out.push_back(
            {{"name", summary_cache_name(input.names.names, diff.cache)},
             {"share", {{"a", maybe(diff.share.a)}, {"b", maybe(diff.share.b)}}},
             {"allocs_per_s", {{"a", maybe(diff.allocs_per_s.a)}, {"b", maybe(diff.allocs_per_s.b)}}},
             {"lifetime", {{"a", percentiles_json(diff.lifetimes.a)}, {"b", percentiles_json(diff.lifetimes.b)}}}});
    }
    return out;
}

Json stacks_json(const DiffInput& input) {
    Json out = Json::array();
    for (const StackDiff& diff : input.diff.stacks) {
        if (out.size() == kMostStacks) {
            break;
        }
        out.push_back({{"cache", summary_cache_name(input.names.names, diff.cache)},
                       {"share", {{"a", maybe(diff.share.a)}, {"b", maybe(diff.share.b)}}},
                       {"frames", frames_json(input.names, diff.stack)}});
    }
    return out;
}

Json reports_json(const SummaryDiff& diff) {
    Json out = Json::array();
    for (const ReportDiff& report : diff.reports) {
        out.push_back({{"title", report.title},
                       {"cache", text_json(report.cache)},
                       {"count", {{"a", report.count.a}, {"b", report.count.b}}}});
    }
    return out;
}

} // namespace

std::string render_diff_json(const DiffInput& input) {
    return dump_line({{"a", machine_json(input.a, input.names)},
                      {"b", machine_json(input.b, input.names)},
                      {"selection", text_json(input.selection)},
                      {"rates", figures_json(input.diff.rates)},
                      {"pool", figures_json(input.diff.pool)},
                      {"caches", caches_json(input)},
                      {"stacks", stacks_json(input)},
                      {"stack_count", input.diff.stacks.size()},
                      {"reports", reports_json(input.diff)}});
}

} // namespace kfence
