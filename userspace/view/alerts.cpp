// SPDX-License-Identifier: Apache-2.0
#include "view/alerts.h"

#include <optional>

#include <fmt/format.h>

#include "view/format.h"

namespace kfence {
namespace {

// A gate that stays open for want of allocations is an idle machine. So many openings in a row that nobody took, over
// so long a time, are none.
constexpr double kTellingOpenings = 50;
constexpr double kTellingSeconds = 5;

void add_part(std::string& out, const char* name, std::optional<std::int64_t> value) {
    if (value.value_or(0) != 0) {
        out += fmt::format("{}{} {:+}", out.empty() ? "" : " ", name, *value);
    }
}

bool has_stopped(const ViewInput& input) {
    return input.silent_s >= kTellingSeconds &&
           input.silent_s * input.snapshot.rates.intended.value_or(0) >= kTellingOpenings;
}

} // namespace

std::string describe_loss(const Losses& losses) {
    return fmt::format("loss {}", format_count(losses.total()));
}

std::string describe_drift(const Drift& drift) {
    if (!drift.allocated && !drift.allocs && !drift.frees) {
        return "drift -";
    }
    std::string parts;
    add_part(parts, "allocated", drift.allocated);
    add_part(parts, "allocs", drift.allocs);
    add_part(parts, "frees", drift.frees);
    if (!parts.empty()) {
        return "drift " + parts;
    }
    return drift.settled ? "drift 0" : "drift ~0";
}

std::string describe_causes(const Losses& losses) {
    std::string out;
    for (std::size_t i = 0; i < kLossCauseCount; ++i) {
        if (losses.by_cause[i] > 0) {
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ", to_string(static_cast<LossCause>(i)),
                               losses.by_cause[i]);
        }
    }
    return out;
}

std::vector<std::string> alerts(const ViewInput& input) {
    const Snapshot& s = input.snapshot;
    std::vector<std::string> out;
    if (s.losses.total() > 0) {
        out.push_back(fmt::format("LOSS {}", format_count(s.losses.total())));
    }
    if (s.drift.any()) {
        out.push_back("DRIFT " + describe_drift(s.drift).substr(std::string_view("drift ").size()));
    }
    if (s.disabled_itself.value_or(false)) {
        out.emplace_back("KFENCE SWITCHED ITSELF OFF");
    } else if (!s.enabled) {
        out.emplace_back("KFENCE OFF");
    } else if (has_stopped(input)) {
        out.emplace_back("NOT SAMPLING");
    }
    if (s.pool.objects > 0 && s.pool.allocated >= s.pool.objects) {
        out.emplace_back("POOL FULL");
    }
    return out;
}

} // namespace kfence
