// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/record_lines.h"

#include <unistd.h>

#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "tools/common/output.h"
#include "view/describe.h"
#include "view/format.h"

namespace kfence {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kSecond = 1e9;

template <typename T> Json maybe(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}

Json known_time(KernelNs time) {
    return time == 0 ? Json() : Json(static_cast<double>(time) / kSecond);
}

/// Turns one event after the other into the fields that only its kind has.
class LineMaker {
public:
    LineMaker(const Names& names, const CgroupResolver& cgroups, const ClockAnchor& anchor)
        : names_(names), cgroups_(cgroups), anchor_(anchor) {}

    Json operator()(const AllocEvent& e) const {
        Json out = head("alloc", e.time);
        out["slot"] = e.slot;
        out["cache"] = cache(e.cache);
        out["size"] = e.size;
        add_task(out, e.task);
        out["stack"] = frames(e.stack);
        return out;
    }
    Json operator()(const FreeEvent& e) const {
        Json out = end("free", e.time, e.allocated_at, e.slot);
        out["rcu_deferred"] = e.rcu_deferred;
        add_task(out, e.task);
        out["stack"] = frames(e.stack);
        return out;
    }
    Json operator()(const RcuFreeingEvent& e) const {
        Json out = end("rcu-freeing", e.time, e.allocated_at, e.slot);
        add_task(out, e.task);
        out["stack"] = frames(e.stack);
        return out;
    }
    Json operator()(const ZombieEvent& e) const { return end("zombie", e.time, e.allocated_at, e.slot); }
    Json operator()(const SkipEvent& e) const {
        Json out = head("skip", e.time);
        out["reason"] = to_string(e.reason);
        out["count"] = e.count;
        out["cache"] = cache(e.cache);
        out["size"] = e.size;
        return out;
    }
    Json operator()(const ReportEvent& e) const {
        Json out = head("report", e.time);
        out["type"] = to_string(e.type);
        out["access"] = e.access == Access::kNone ? Json() : Json(to_string(e.access));
        out["slot"] = e.slot == kNoSlot ? Json() : Json(e.slot);
        out["cache"] = cache(e.cache);
        out["size"] = e.size;
        out["offset"] = e.offset;
        out["allocated_at_s"] = known_time(e.allocated_at);
        out["freed_at_s"] = known_time(e.freed_at);
        add_task(out, e.task);
        out["access_stack"] = frames(e.access_stack);
        out["alloc_stack"] = frames(e.alloc_stack);
        out["free_stack"] = frames(e.free_stack);
        return out;
    }
    Json operator()(const SlotEvent& e) const {
        Json out = head("slot", e.time);
        out["slot"] = e.slot;
        out["state"] = to_string(e.state);
        out["cache"] = cache(e.cache);
        out["size"] = e.size;
        out["allocated_at_s"] = known_time(e.allocated_at);
        out["freed_at_s"] = known_time(e.freed_at);
        add_task(out, e.task);
        out["stack"] = frames(e.alloc_stack);
        return out;
    }
    Json operator()(const WalkEvent& e) const {
        Json out = head("walk", e.time);
        out["objects"] = e.objects;
        return out;
    }
    Json operator()(const CountersEvent& e) const {
        Json out = head("counters", e.time);
        out["enabled"] = e.enabled;
        out["allocated"] = e.allocated;
        out["allocs"] = e.allocs;
        out["frees"] = e.frees;
        out["zombies"] = e.zombies;
        out["bugs"] = e.bugs;
        out["skip_incompatible"] = maybe(e.skip_incompatible);
        out["skip_capacity"] = maybe(e.skip_capacity);
        out["skip_covered"] = maybe(e.skip_covered);
        out["skip_quota"] = maybe(e.skip_quota);
        return out;
    }
    Json operator()(const SettingsEvent& e) const {
        Json out = head("settings", e.time);
        out["sample_interval_ms"] = maybe(e.sample_interval_ms);
        out["skip_covered_thresh"] = maybe(e.skip_covered_thresh);
        out["burst"] = maybe(e.burst);
        out["deferrable"] = maybe(e.deferrable);
        out["disabled_by_warn"] = maybe(e.disabled_by_warn);
        return out;
    }
    Json operator()(const CacheSkipEvent& e) const {
        Json out = head("cache-skip", e.time);
        out["cache"] = cache(e.cache);
        out["skip"] = e.skip;
        return out;
    }
    Json operator()(const LossEvent& e) const {
        Json out = head("loss", e.time);
        out["cause"] = to_string(e.cause);
        out["count"] = e.count;
        return out;
    }

private:
    [[nodiscard]] Json head(std::string_view kind, KernelNs time) const {
        const auto since = static_cast<std::int64_t>(time - anchor_.kernel);
        return {{"time", format_time(anchor_.unix_ns + since)},
                {"kernel_time_s", static_cast<double>(time) / kSecond},
                {"kind", kind}};
    }
    [[nodiscard]] Json end(std::string_view kind, KernelNs time, KernelNs allocated_at, Slot slot) const {
        Json out = head(kind, time);
        out["slot"] = slot;
        out["allocated_at_s"] = known_time(allocated_at);
        return out;
    }
    [[nodiscard]] Json cache(CacheId id) const { return id == kNoCache ? Json() : Json(names_.cache_name(id)); }
    [[nodiscard]] Json frames(StackId stack) const {
        Json out = Json::array();
        for (const std::string_view frame : caller_frames(names_, stack)) {
            out.push_back(frame);
        }
        return out;
    }
    void add_task(Json& out, const Task& task) const {
        out["pid"] = task.pid;
        out["tgid"] = task.tgid == 0 ? Json() : Json(task.tgid);
        out["comm"] = task.comm[0] == '\0' ? Json() : Json(sanitize(fixed_field(task.comm.data(), task.comm.size())));
        out["cpu"] = task.cpu < 0 ? Json() : Json(task.cpu);
        const std::string path = task.cgroup == 0 ? std::string() : cgroups_(task.cgroup).path;
        out["cgroup"] = path.empty() ? Json() : Json(path);
        out["pid_namespace"] = task.pid_ns == 0 ? Json() : Json(task.pid_ns);
    }

    const Names& names_;
    const CgroupResolver& cgroups_;
    const ClockAnchor& anchor_;
};

void count(const Event& event, WriterTotals& totals) {
    const bool is_state = std::holds_alternative<SlotEvent>(event) || std::holds_alternative<WalkEvent>(event) ||
                          std::holds_alternative<CountersEvent>(event) ||
                          std::holds_alternative<SettingsEvent>(event) ||
                          std::holds_alternative<CacheSkipEvent>(event) || std::holds_alternative<LossEvent>(event);
    totals.events += is_state ? 0 : 1;
    totals.allocs += std::holds_alternative<AllocEvent>(event) ? 1 : 0;
    totals.frees += std::holds_alternative<FreeEvent>(event) ? 1 : 0;
    totals.reports += std::holds_alternative<ReportEvent>(event) ? 1 : 0;
    if (const auto* loss = std::get_if<LossEvent>(&event)) {
        totals.lost += loss->count;
    }
}

} // namespace

RecordLines::RecordLines(MachineInfo machine, CgroupResolver cgroups, int interrupt_fd)
    : machine_(std::move(machine)), cgroups_(std::move(cgroups)), interrupt_fd_(interrupt_fd) {}

Result<void> RecordLines::send(const std::string& text) {
    const auto written = gone_ ? Result<Written>(Written::kReaderGone) : write_all(STDOUT_FILENO, text, interrupt_fd_);
    if (!written) {
        return std::unexpected(written.error());
    }
    gone_ = *written != Written::kAll;
    bytes_ += gone_ ? 0 : text.size();
    return {};
}

Result<void> RecordLines::write(std::span<const Event> events, const Names& names) {
    const LineMaker make(names, cgroups_, machine_.started);
    std::string text;
    for (const Event& event : events) {
        count(event, totals_);
        if (const auto* counters = std::get_if<CountersEvent>(&event)) {
            counters_ = *counters; // read several times per refresh
            continue;
        }
        text += std::visit(make, event).dump(-1, ' ', false, Json::error_handler_t::replace);
        text += '\n';
    }
    return text.empty() ? Result<void>{} : send(text);
}

Result<void> RecordLines::sample(const ClockAnchor& /*now*/, bool settled, std::uint64_t /*drifts*/) {
    if (counters_.time == 0) {
        return {};
    }
    const Names none;
    Json line = LineMaker(none, cgroups_, machine_.started)(counters_);
    line["settled"] = settled;
    return send(line.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n');
}

} // namespace kfence
