// SPDX-License-Identifier: Apache-2.0
// Which backends can run here.
#include <fmt/format.h>

#include "kernel/params.h"
#include "tools/doctor/diagnosis.h"

namespace kfence {
namespace {

Check verdict_on(std::string_view name, CheckState state, std::string detail, std::string_view remedy = {}) {
    return {.name = std::string(name),
            .label = std::string(name),
            .state = state,
            .detail = std::move(detail),
            .remedy = std::string(remedy)};
}

/// What all BPF backends need; nullopt when nothing is in the way.
std::optional<LiveAbility> obstacle_to_bpf(const Facts& facts) {
    if (facts.host.lockdown == Lockdown::kConfidentiality) {
        return LiveAbility{
            .works = false, .why = "kernel lockdown forbids it", .remedy = "boot without lockdown=confidentiality"};
    }
    if (facts.user && !facts.user->may_trace()) {
        return LiveAbility{
            .works = false, .why = "not permitted", .remedy = "run as root, or with CAP_BPF and CAP_PERFMON"};
    }
    if (!facts.live.metadata_symbol.works) {
        return facts.live.metadata_symbol;
    }
    return std::nullopt;
}

Check judge_bpf(std::string_view name, const LiveAbility& tried, const Facts& facts) {
    if (sampling_of(facts) == Sampling::kNoKfence) {
        return verdict_on(name, CheckState::kMissing, "no, without KFENCE");
    }
    // What is in the way of the trial says more than the trial, but for what no right would change.
    const auto obstacle = obstacle_to_bpf(facts);
    if (obstacle && facts.live.functions.works) {
        return verdict_on(name, CheckState::kMissing, obstacle->why, obstacle->remedy);
    }
    if (!tried.works) {
        return verdict_on(name, CheckState::kMissing, tried.why, tried.remedy);
    }
    return obstacle ? verdict_on(name, CheckState::kMissing, obstacle->why, obstacle->remedy)
                    : verdict_on(name, CheckState::kOk, "works");
}

Check judge_tracepoint(const Facts& facts) {
    constexpr std::string_view kName = "tracepoint";
    // Nothing is wrong with a kernel that has none.
    return facts.live.has_tracepoints ? judge_bpf(kName, facts.live.tracepoint, facts)
                                      : verdict_on(kName, CheckState::kOff, facts.live.tracepoint.why);
}

Check judge_poll(const Facts& facts) {
    constexpr std::string_view kName = "poll";
    const Sampling sampling = sampling_of(facts);
    if (sampling == Sampling::kNoKfence) {
        return verdict_on(kName, CheckState::kMissing, "no, without KFENCE");
    }
    if (facts.counters && facts.pool_objects) {
        return verdict_on(kName, CheckState::kOk, "works");
    }
    if (sampling == Sampling::kOff && facts.debugfs_mounted && facts.stats_file == FileState::kMissing) {
        return verdict_on(kName, CheckState::kOff, "as soon as KFENCE is on",
                          fmt::format("echo 100 > {}", kSampleIntervalPath));
    }
    const Check debugfs = check_debugfs(facts);
    return verdict_on(kName, CheckState::kMissing, "needs debugfs: " + debugfs.detail, debugfs.remedy);
}

} // namespace

Backends judge_backends(const Facts& facts) {
    return {.tracepoint = judge_tracepoint(facts),
            .fentry = judge_bpf("fentry", facts.live.fentry, facts),
            .kprobe = judge_bpf("kprobe", facts.live.kprobe, facts),
            .poll = judge_poll(facts)};
}

} // namespace kfence
