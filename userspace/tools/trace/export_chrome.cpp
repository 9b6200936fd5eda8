// SPDX-License-Identifier: Apache-2.0
// Lifetimes in the trace-event format, for Perfetto and chrome://tracing. A machine is a process; a slot is a nestable
// asynchronous track of it (one id), with a slice from its first object to the end of the recording, and in it one for
// each object. Perfetto names a track after the first slice of its id: hence the outer one. Slices of a slot follow
// each other, those of different slots overlap as they like.
#include <algorithm>
#include <limits>
#include <unordered_map>
#include <variant>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/trace/export_tables.h"
#include "view/describe.h"

namespace kfence {
namespace {

constexpr std::size_t kFrames = 8;

class Chrome final : public ExportMaker {
public:
    explicit Chrome(ExportContext& context) : context_(context), out_(context.out) {
        for (const MachineInfo& machine : context.file.machines()) {
            origin_ = std::min(origin_, machine.started.unix_ns);
        }
    }

    void begin() override {
        out_ += R"({"displayTimeUnit":"ms","traceEvents":[)";
        for (std::size_t i = 1; i < context_.spans.size(); ++i) {
            const auto machine = static_cast<std::int64_t>(i);
            start("M", "process_name", machine, context_.span(machine).begin);
            out_ += R"(,"args":{"name":)";
            append_json_text(out_, "KFENCE pool of " + context_.machine_name(machine));
            out_ += "}}";
        }
    }

    Result<void> record(const TraceRecord& record, const TracedObject* /*about*/) override {
        if (const auto* report = std::get_if<ReportEvent>(&record.event)) {
            add_report(record.machine, *report);
        } else if (const auto* counters = std::get_if<CountersEvent>(&record.event)) {
            add_counter(record.machine, counters->time, counters->allocated);
        } else if (const auto* walk = std::get_if<WalkEvent>(&record.event); walk != nullptr) {
            const auto& machine = context_.file.machines()[static_cast<std::size_t>(record.machine) - 1];
            if (!machine.source.has_counters) {
                add_counter(record.machine, walk->time, context_.objects.held(record.machine));
            }
        }
        return {};
    }

    Result<void> ended(const TracedObject& object) override {
        return add(object, object.freed_at != 0 ? object.freed_at : object.gone_before);
    }
    Result<void> live(const TracedObject& object) override { return add(object, context_.span(object.machine).end); }

    Result<bool> finish() override {
        for (const auto& [key, at] : tracks_) {
            const auto machine = static_cast<std::int64_t>(key >> 32U);
            const auto slot = static_cast<Slot>(key);
            edge("e", fmt::format("slot {}", slot), machine, slot, std::max(at, context_.span(machine).end));
            out_ += '}';
            if (auto reads = context_.output.pass(); !reads || !*reads) {
                return reads;
            }
        }
        out_ += "\n],\"otherData\":{\"tool\":\"kfence-trace " KFENCE_TOOLS_VERSION "\",\"events_lost\":";
        append_number(out_, context_.losses.total());
        out_ += ",\"machines\":[";
        for (std::size_t i = 1; i < context_.spans.size(); ++i) {
            out_ += i == 1 ? "" : ",";
            add_machine(static_cast<std::int64_t>(i));
        }
        out_ += "]}}\n";
        return true;
    }

private:
    using Key = std::uint64_t;

    void add_machine(std::int64_t machine) {
        const MachineInfo& info = context_.file.machines()[static_cast<std::size_t>(machine) - 1];
        out_ += "{\"pid\":";
        append_number(out_, machine);
        for (const auto& [name, text] : {std::pair<std::string_view, std::string_view>{"host", info.source.host},
                                         {"kernel", info.source.kernel},
                                         {"backend", info.source.backend}}) {
            out_ += fmt::format(",\"{}\":", name);
            append_json_text(out_, text);
        }
        out_ += ",\"started\":" + context_.cells.date(machine, info.started.kernel) + "}";
    }

    /// Microseconds since the start of the first machine. What is before is at 0.
    void add_time(std::int64_t machine, KernelNs time) {
        const std::int64_t unix_ns = context_.file.unix_time(machine, time);
        const std::uint64_t ns =
            unix_ns > origin_ ? static_cast<std::uint64_t>(unix_ns) - static_cast<std::uint64_t>(origin_) : 0;
        append_number(out_, ns / 1000);
        const std::uint64_t rest = ns % 1000;
        const char fraction[] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                                 static_cast<char>('0' + rest % 10)};
        out_.append(fraction, sizeof(fraction));
    }

    /// An event up to its arguments, and without the closing brace.
    void start(std::string_view phase, std::string_view name, std::int64_t machine, KernelNs time) {
        out_ += is_first_ ? "\n{\"ph\":\"" : ",\n{\"ph\":\"";
        is_first_ = false;
        out_ += phase;
        out_ += R"(","name":)";
        append_json_text(out_, name);
        out_ += ",\"pid\":";
        append_number(out_, machine);
        out_ += ",\"tid\":";
        append_number(out_, machine);
        out_ += ",\"ts\":";
        add_time(machine, time);
    }

    /// "b" or "e" of a slice of a slot's track.
    void edge(std::string_view phase, std::string_view name, std::int64_t machine, Slot slot, KernelNs time) {
        start(phase, name, machine, time);
        out_ += R"(,"cat":"slot","id2":{"local":")";
        append_number(out_, std::uint64_t{slot});
        out_ += "\"}";
    }

    Result<void> add(const TracedObject& object, KernelNs end) {
        const Key key = static_cast<Key>(object.machine) << 32U | object.slot;
        KernelNs begin = std::max(object.allocated_at, context_.span(object.machine).begin);
        const auto [track, is_new] = tracks_.try_emplace(key, begin);
        if (is_new) {
            edge("b", fmt::format("slot {}", object.slot), object.machine, object.slot, begin);
            out_ += '}';
        }
        begin = std::max(begin, track->second); // one that was overtaken does not go back
        end = std::max(begin, end);
        track->second = end;
        const std::string_view name =
            object.cache == kNoCache ? "(cache unknown)" : std::string_view(context_.names.cache_name(object.cache));
        edge("b", name, object.machine, object.slot, begin);
        if (auto added = add_arguments(object); !added) {
            return added;
        }
        edge("e", name, object.machine, object.slot, end);
        out_ += '}';
        return {};
    }

    Result<void> add_arguments(const TracedObject& object) {
        out_ += R"(,"args":{"object":)";
        append_number(out_, object.object);
        out_ += ",\"size\":";
        append_number(out_, std::uint64_t{object.size});
        out_ += ",\"pid\":";
        append_number(out_, std::int64_t{object.task.pid});
        out_ += ",\"comm\":";
        append_json_text(out_, fixed_field(object.task.comm.data(), object.task.comm.size()));
        const auto cgroup = context_.cells.cgroup(object.task.cgroup);
        if (!cgroup) {
            return std::unexpected(cgroup.error());
        }
        out_ += ",\"cgroup\":";
        out_ += **cgroup;
        out_ += ",\"stack\":";
        append_json_text(out_, describe_stack(context_.names, object.stack, kFrames));
        out_ += "}}";
        return {};
    }

    void add_counter(std::int64_t machine, KernelNs time, std::uint64_t allocated) {
        start("C", "occupancy", machine, time);
        out_ += R"(,"args":{"allocated":)";
        append_number(out_, allocated);
        out_ += "}}";
    }

    void add_report(std::int64_t machine, const ReportEvent& report) {
        start("i", "KFENCE: " + describe_report(context_.names, report), machine, report.time);
        out_ += R"(,"cat":"report","s":"p","args":{"cache":)";
        append_json_text(out_, report_cache(context_.names, report));
        for (const auto& [name, stack] : {std::pair<std::string_view, StackId>{"access_stack", report.access_stack},
                                          {"alloc_stack", report.alloc_stack},
                                          {"free_stack", report.free_stack}}) {
            out_ += fmt::format(",\"{}\":", name);
            append_json_text(out_, describe_stack(context_.names, stack, kFrames));
        }
        out_ += "}}";
    }

    ExportContext& context_;
    std::string& out_;
    bool is_first_ = true;
    std::int64_t origin_ = std::numeric_limits<std::int64_t>::max();
    std::unordered_map<Key, KernelNs> tracks_; ///< by machine and slot: up to when there are slices
};

} // namespace

std::unique_ptr<ExportMaker> make_chrome(ExportContext& context) {
    return std::make_unique<Chrome>(context);
}

} // namespace kfence
