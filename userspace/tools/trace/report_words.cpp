// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/report_words.h"

#include <fmt/format.h>

#include "base/text.h"
#include "view/describe.h"
#include "view/format.h"

namespace kfence {

std::string interval_words(const SettingsEvent* settings) {
    if (settings == nullptr || !settings->sample_interval_ms) {
        return kUnknownText;
    }
    return *settings->sample_interval_ms == 0 ? "off" : fmt::format("{} ms", *settings->sample_interval_ms);
}

std::string settings_words(const SettingsEvent& settings) {
    std::string out = "interval " + interval_words(&settings);
    if (settings.disabled_by_warn.value_or(false)) {
        out += " (off by itself, after a warning)";
    }
    if (settings.burst) {
        out += fmt::format(", burst {}", *settings.burst);
    }
    if (settings.skip_covered_thresh) {
        out += fmt::format(", covered > {} %", *settings.skip_covered_thresh);
    }
    if (settings.deferrable.value_or(false)) {
        out += ", deferrable timer";
    }
    return out;
}

std::string share_words(std::optional<double> share) {
    return share ? format_share_fine(*share) : kUnknownText;
}

std::string stack_words(const SummaryNames& names, StackId stack) {
    constexpr std::size_t kMostFrames = 24;
    return describe_stack(names.names, stack, kMostFrames);
}

std::string selection_words(const std::string& cache_filter, const std::string& cgroup) {
    std::string out;
    if (!cache_filter.empty()) {
        out = fmt::format(" of caches that match {}", sanitize(cache_filter));
    }
    if (!cgroup.empty()) {
        out += fmt::format("{} allocated in {} or below", out.empty() ? "" : ",", sanitize(cgroup));
    }
    return out.empty() ? out : "objects" + out;
}

std::string range_words(const Range& range) {
    const std::string least = format_age(range.least);
    const std::string most = format_age(range.most);
    return least == most ? least : fmt::format("{} to {}", least, most);
}

} // namespace kfence
