// SPDX-License-Identifier: Apache-2.0
#include "view/details.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "view/describe.h"
#include "view/format.h"

namespace kfence {
namespace {

using Lines = std::vector<TextLine>;

void blank(Lines& lines) {
    lines.push_back({});
}

/// "  symbol+0xoff/0xsize [module]" each, innermost first.
void add_stack(Lines& lines, const ViewInput& input, StackId id, bool allocator_frames) {
    if (id == kNoStack) {
        lines.push_back({"  (not known)", Style::kDim});
        return;
    }
    const Stack& stack = input.names.stack_of(id);
    const std::size_t skip = stack.skip < stack.frames.size() ? stack.skip : 0;
    for (std::size_t i = allocator_frames ? 0 : skip; i < stack.frames.size(); ++i) {
        lines.push_back({"  " + input.names.frame(stack, i), i < skip ? Style::kDim : Style::kNormal});
    }
}

std::string seconds_of(KernelNs time) {
    return fmt::format("{:.6f}s", static_cast<double>(time) / 1e9);
}

/// "task 484 (kworker/0:1) on cpu 0 at 32.919330s (12 s ago)": as kfence_print_stack() of mm/kfence/report.c (6.12).
std::string by_whom(const ViewInput& input, const Task& task, KernelNs time) {
    std::string out = fmt::format("task {}", task.pid);
    if (task.comm[0] != '\0') {
        out += fmt::format(" ({})", task_name(task));
    }
    if (task.cpu >= 0) {
        out += fmt::format(" on cpu {}", task.cpu);
    }
    return out + fmt::format(" at {} ({})", seconds_of(time), describe_ago(input.snapshot.now, time));
}

/// "1B left of", "4B right of", "12B inside of": the place of an address, as the kernel says it.
std::string side_of(const ReportEvent& report) {
    const std::int64_t offset = report.offset;
    if (offset < 0) {
        return fmt::format("{}B left of", 0 - static_cast<std::uint64_t>(offset));
    }
    const auto size = static_cast<std::int64_t>(report.size);
    return offset >= size ? fmt::format("{}B right of", offset - size) : fmt::format("{}B inside of", offset);
}

std::string capitalized(std::string text) {
    if (!text.empty()) {
        text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    }
    return text;
}

void add_report_object(Lines& lines, const ViewInput& input, const ReportEvent& r, bool allocator_frames) {
    lines.push_back({fmt::format("kfence-#{}: size={}, cache={}", r.slot, r.size, report_cache(input.names, r))});
    blank(lines);
    lines.push_back({"allocated by " + by_whom(input, r.alloc_task, r.allocated_at) + ":", Style::kTitle});
    add_stack(lines, input, r.alloc_stack, allocator_frames);
    if (r.freed_at != 0) {
        blank(lines);
        lines.push_back({"freed by " + by_whom(input, r.free_task, r.freed_at) + ":", Style::kTitle});
        add_stack(lines, input, r.free_stack, allocator_frames);
    }
    blank(lines);
}

/// The free of a bug that is found late is forgotten: how long it is remembered.
void add_quarantine(Lines& lines, const ViewInput& input, const ReportSeen& seen) {
    const ReportEvent& r = seen.report;
    if (r.slot != kNoSlot) {
        lines.push_back({fmt::format("object age {}", format_age(seen.object_age_ns))});
    }
    if (r.freed_at != 0 && r.time >= r.freed_at) {
        lines.push_back({fmt::format("found {} after its free", format_age(r.time - r.freed_at))});
    }
    const std::string now = input.snapshot.quarantine_s ? format_duration(*input.snapshot.quarantine_s) : kUnknownText;
    const std::string then = seen.quarantine_s ? format_duration(*seen.quarantine_s) : kUnknownText;
    lines.push_back({fmt::format("quarantine at the time {}, now {}", then, now)});
}

const ObjectUse* find_object(const Snapshot& s, Slot slot) {
    const auto found = std::ranges::lower_bound(s.objects, slot, {}, &ObjectUse::slot);
    return found != s.objects.end() && found->slot == slot ? &*found : nullptr;
}

void add_task(Lines& lines, const ViewInput& input, const Task& task) {
    lines.push_back({fmt::format("task       {}", describe_task(task))});
    if (task.tgid != 0) {
        lines.push_back({fmt::format("process    {}", task.tgid)});
    }
    if (task.cpu >= 0) {
        lines.push_back({fmt::format("cpu        {}", task.cpu)});
    }
    const std::string path = input.cgroup_path ? input.cgroup_path(task.cgroup) : std::string();
    lines.push_back({fmt::format("cgroup     {}", path.empty() ? kUnknownText : path)});
    if (task.pid_ns != 0) {
        lines.push_back({fmt::format("pid ns     {}", task.pid_ns)});
    }
}

std::string number(const std::optional<std::uint64_t>& value) {
    return value ? fmt::format("{}", *value) : kUnknownText;
}

void add_counters(Lines& lines, const Snapshot& s) {
    lines.push_back({"The kernel's counters since boot", Style::kTitle});
    if (!s.counters) {
        lines.push_back({"  not readable here (debugfs)", Style::kDim});
        return;
    }
    const KernelCounters& c = *s.counters;
    for (const auto& [name, value] :
         {std::pair<const char*, std::optional<std::uint64_t>>{"currently allocated", c.allocated},
          {"total allocations", c.allocs},
          {"total frees", c.frees},
          {"zombie allocations", c.zombies},
          {"total bugs", c.bugs},
          {"skipped (incompatible)", c.skip_incompatible},
          {"skipped (capacity)", c.skip_capacity},
          {"skipped (covered)", c.skip_covered},
          {"skipped (quota)", c.skip_quota}}) {
        lines.push_back({fmt::format("  {:<24} {:>14}", name, number(value))});
    }
}

void add_losses(Lines& lines, const Snapshot& s) {
    lines.push_back({"Lost since this tool was started", Style::kTitle});
    for (std::size_t i = 0; i < kLossCauseCount; ++i) {
        const std::uint64_t count = s.losses.by_cause[i];
        lines.push_back({fmt::format("  {:<24} {:>14}", to_string(static_cast<LossCause>(i)), count),
                         count > 0 ? Style::kAlert : Style::kNormal});
    }
    lines.push_back({fmt::format("  {:<24} {:>14}", "pictures rebuilt", s.losses.resyncs)});
    blank(lines);
    lines.push_back({"This picture minus the kernel's counters", Style::kTitle});
    for (const auto& [name, value] :
         {std::pair{"allocated", s.drift.allocated}, {"allocations", s.drift.allocs}, {"frees", s.drift.frees}}) {
        const bool wrong = value.value_or(0) != 0;
        lines.push_back({fmt::format("  {:<24} {:>14}", name, value ? fmt::format("{}", *value) : kUnknownText),
                         wrong ? Style::kAlert : Style::kNormal});
    }
    lines.push_back({fmt::format("  {:<24} {:>14}", "refreshes with a drift", s.anomalies.drift_events)});
    lines.push_back({fmt::format("  {:<24} {:>14}", "frees that did not come", s.anomalies.missed_frees)});
    lines.push_back({fmt::format("  {:<24} {:>14}", "frees of free objects", s.anomalies.ignored_frees)});
}

} // namespace

std::vector<TextLine> object_lines(const ViewInput& input, const ObjectKey& key, bool allocator_frames) {
    const ObjectUse* const found = find_object(input.snapshot, key.slot);
    if (found == nullptr || found->allocated_at != key.allocated_at) {
        return {{fmt::format("The object that slot {} held is gone, and the slot {}.", key.slot,
                             found == nullptr ? "is not in use" : "holds another one now")}};
    }
    const ObjectUse& object = *found;
    Lines lines;
    lines.push_back(
        {fmt::format("kfence-#{}: size={}, cache={}", object.slot, object.size, shown_name(input.names, object.cache)),
         Style::kTitle});
    lines.push_back({fmt::format("state      {}", to_string(object.state))});
    const KernelNs end = object.state == SlotState::kFreed ? object.freed_at : input.snapshot.now;
    lines.push_back({fmt::format("age        {}", format_age(end - std::min(end, object.allocated_at)))});
    lines.push_back({fmt::format("allocated  {}", format_time(input.anchor.at(object.allocated_at)))});
    add_task(lines, input, object.task);
    blank(lines);
    lines.push_back({"allocated at", Style::kTitle});
    add_stack(lines, input, object.alloc_stack, allocator_frames);
    blank(lines);
    if (object.freed_at != 0) {
        lines.push_back({fmt::format("freed {} at", describe_ago(input.snapshot.now, object.freed_at)), Style::kTitle});
        add_stack(lines, input, object.free_stack, allocator_frames);
    } else {
        lines.push_back({"not freed yet", Style::kDim});
    }
    return lines;
}

std::vector<TextLine> report_lines(const ViewInput& input, const Place& place, bool allocator_frames) {
    const auto found = std::ranges::find_if(input.snapshot.reports, [&](const ReportSeen& seen) {
        return seen.report.time == place.report_time && seen.report.slot == place.object.slot;
    });
    if (found == input.snapshot.reports.end()) {
        return {{"This report is no longer kept: the newest ones took its place."}};
    }
    const ReportEvent& r = found->report;
    const std::string kind = describe_report_kind(r);
    Lines lines;
    lines.push_back({"BUG: KFENCE: " + describe_report(input.names, r), Style::kAlert});
    lines.push_back({format_time(input.anchor.at(r.time)) + " " + by_whom(input, r.task, r.time)});
    blank(lines);
    const std::string where = r.slot == kNoSlot ? "" : fmt::format(" ({} kfence-#{})", side_of(r), r.slot);
    lines.push_back({capitalized(kind) + where + ":", Style::kTitle});
    add_stack(lines, input, r.access_stack, allocator_frames);
    blank(lines);
    if (r.slot != kNoSlot) {
        add_report_object(lines, input, r, allocator_frames);
    }
    add_quarantine(lines, input, *found);
    return lines;
}

std::vector<TextLine> settings_lines(const ViewInput& input) {
    const Snapshot& s = input.snapshot;
    const Settings& set = s.settings;
    Lines lines;
    const auto pair = [&](std::string_view name, const std::string& value, Style style = Style::kNormal) {
        lines.push_back({fmt::format("  {:<24} {:>14}", name, value), style});
    };
    lines.push_back({"Settings (/sys/module/kfence/parameters)", Style::kTitle});
    pair("sample_interval", set.sample_interval_ms ? fmt::format("{} ms", *set.sample_interval_ms) : kUnknownText);
    pair("burst", number(set.burst));
    pair("skip_covered_thresh", set.skip_covered_thresh ? fmt::format("{} %", *set.skip_covered_thresh) : kUnknownText);
    pair("deferrable", set.deferrable ? (*set.deferrable ? "yes" : "no") : kUnknownText);
    pair("KFENCE", s.enabled ? "on" : "off", s.enabled ? Style::kNormal : Style::kAlert);
    pair("pool", s.pool.objects > 0 ? fmt::format("{} objects", s.pool.objects) : kUnknownText);
    blank(lines);
    add_counters(lines, s);
    blank(lines);
    add_losses(lines, s);
    blank(lines);
    lines.push_back({fmt::format("Backend {}", input.info.backend), Style::kTitle});
    for (const std::string& blind : input.info.blind) {
        lines.push_back({"  cannot see: " + blind});
    }
    return lines;
}

} // namespace kfence
