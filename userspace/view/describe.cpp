// SPDX-License-Identifier: Apache-2.0
#include "view/describe.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "view/filter.h"
#include "view/format.h"

namespace kfence {

std::vector<std::string_view> caller_frames(const Names& names, StackId id) {
    const Stack& stack = names.stack_of(id);
    const std::size_t first = stack.skip < stack.frames.size() ? stack.skip : 0;
    std::vector<std::string_view> out;
    out.reserve(stack.frames.size() - first);
    for (std::size_t i = first; i < stack.frames.size(); ++i) {
        out.emplace_back(names.frame(stack, i));
    }
    return out;
}

std::string_view frame_symbol(std::string_view frame) noexcept {
    return frame.substr(0, frame.find_first_of("+ "));
}

std::string_view frame_place(std::string_view frame) noexcept {
    return frame.substr(0, frame.find_first_of("/ "));
}

std::string describe_stack(const Names& names, StackId stack, std::size_t max_frames) {
    std::string out;
    const auto frames = caller_frames(names, stack);
    for (std::size_t i = 0; i < std::min(frames.size(), max_frames); ++i) {
        if (i > 0) {
            out += " < ";
        }
        out += frame_symbol(frames[i]);
    }
    return out.empty() ? "(stack unknown)" : out;
}

std::string describe_report_kind(const ReportEvent& report) {
    std::string out{to_string(report.type)};
    if (report.access != Access::kNone) {
        // The kernel's headline for these is "invalid read", not "invalid access read".
        out = report.type == ReportType::kInvalid ? "invalid" : out;
        out += ' ';
        out += to_string(report.access);
    }
    return out;
}

std::string describe_report(const Names& names, const ReportEvent& report) {
    std::string out = describe_report_kind(report);
    const auto frames = caller_frames(names, report.access_stack);
    if (!frames.empty()) {
        out += " in ";
        out += frame_place(frames.front());
    }
    return out;
}

std::string_view report_cache(const Names& names, const ReportEvent& report) {
    return report.slot == kNoSlot && report.cache == kNoCache ? std::string_view() : shown_name(names, report.cache);
}

std::string task_name(const Task& task) {
    return sanitize(fixed_field(task.comm.data(), task.comm.size()));
}

std::string describe_task(const Task& task) {
    const std::string name = task_name(task);
    const std::string pid = task.pid != 0 || name.empty() ? std::to_string(task.pid) : std::string();
    return pid + (pid.empty() || name.empty() ? "" : " ") + name;
}

std::string describe_coverage(const Snapshot& snapshot) {
    const Coverage& c = snapshot.coverage;
    if (c.distinct == 0) {
        return "no sample was seen yet";
    }
    return fmt::format("seen {}{} in {} samples, about {:.0f} exist, last new {}", c.distinct,
                       c.is_full ? " or more" : "", format_count(c.allocs), c.estimated,
                       describe_ago(snapshot.now, c.last_new.value_or(snapshot.now)));
}

std::string describe_ago(KernelNs now, KernelNs then) {
    return format_age(now > then ? now - then : 0, Minutes::kSentence) + " ago";
}

} // namespace kfence
