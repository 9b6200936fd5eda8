// SPDX-License-Identifier: Apache-2.0
#include "tools/doctor/diagnosis.h"

#include <fmt/format.h>

namespace kfence {
namespace {

/// The first that works; poll counts while it only waits for KFENCE to be turned on.
std::optional<std::string> choose(const Backends& backends) {
    for (const Check* backend : {&backends.tracepoint, &backends.fentry, &backends.kprobe}) {
        if (backend->state == CheckState::kOk) {
            return backend->name;
        }
    }
    const bool poll = backends.poll.state == CheckState::kOk || backends.poll.state == CheckState::kOff;
    return poll ? std::optional(backends.poll.name) : std::nullopt;
}

/// The best that kfence-tools have for such a kernel, were nothing in the way.
std::string best_for(const Facts& facts) {
    return facts.live.has_tracepoints ? "tracepoint" : "fentry";
}

Check check_stacks(const Facts& facts, const std::optional<std::string>& backend) {
    Check stacks{.name = "stacks", .label = "stacks", .state = CheckState::kOk, .detail = {}, .remedy = {}};
    if (!backend) {
        stacks.state = CheckState::kMissing;
        stacks.detail = "no, without a backend";
    } else if (*backend == "poll" || *backend == "tracepoint" || facts.live.free_stacks) {
        stacks.detail = "yes, with symbols";
    } else {
        stacks.detail = "of allocations, with symbols; not of frees";
    }
    return stacks;
}

Check check_reports(const std::optional<std::string>& backend) {
    Check reports{.name = "reports", .label = "reports", .state = CheckState::kOk, .detail = "yes", .remedy = {}};
    if (!backend) {
        reports.state = CheckState::kMissing;
        reports.detail = "no, without a backend";
    } else if (*backend == "poll") {
        reports.state = CheckState::kMissing;
        reports.detail = "only their number";
        reports.remedy = "dmesg has the text; for more see fentry";
    }
    return reports;
}

/// The reason that comes before all others.
std::string why_not(const Facts& facts, const Diagnosis& diagnosis) {
    if (sampling_of(facts) == Sampling::kNoKfence) {
        return "this kernel has no KFENCE";
    }
    for (const Check& check : diagnosis.checks) {
        if (check.name == "permissions" && check.state == CheckState::kMissing) {
            return check.detail;
        }
    }
    return "no backend works, see above";
}

void conclude(const Facts& facts, const Backends& backends, Diagnosis& diagnosis) {
    if (!diagnosis.backend) {
        diagnosis.verdict = fmt::format("kfence-top cannot run: {}.", why_not(facts, diagnosis));
        diagnosis.exit_code = kExitCannot;
        return;
    }
    const bool best = *diagnosis.backend == best_for(facts);
    const std::string with =
        best ? fmt::format("{}, the best backend for this kernel", *diagnosis.backend)
             : fmt::format("{}, a lesser backend ({}: {})", *diagnosis.backend, best_for(facts),
                           best_for(facts) == "fentry" ? backends.fentry.detail : backends.tracepoint.detail);
    if (sampling_of(facts) == Sampling::kOff) {
        diagnosis.verdict = fmt::format("kfence-top can run as soon as KFENCE is on, with {}.", with);
        diagnosis.exit_code = kExitCannot;
        return;
    }
    diagnosis.verdict = fmt::format("kfence-top can run with {}.", with);
    diagnosis.exit_code = best ? kExitBest : kExitLesser;
}

} // namespace

std::string_view to_string(CheckState state) noexcept {
    switch (state) {
    case CheckState::kOk:
        return "ok";
    case CheckState::kMissing:
        return "missing";
    case CheckState::kOff:
        return "off";
    case CheckState::kUnknown:
        return "unknown";
    }
    return "?";
}

Diagnosis diagnose(const Facts& facts) {
    const Backends backends = judge_backends(facts);
    Diagnosis diagnosis;
    diagnosis.backend = choose(backends);
    diagnosis.checks = {check_kernel(facts),
                        check_kfence(facts),
                        check_sampling(facts),
                        check_pool(facts),
                        backends.tracepoint,
                        backends.fentry,
                        backends.kprobe,
                        backends.poll,
                        check_btf(facts),
                        check_debugfs(facts),
                        check_kallsyms(facts),
                        check_kptr_restrict(facts),
                        check_lockdown(facts),
                        check_stacks(facts, diagnosis.backend),
                        check_reports(diagnosis.backend),
                        check_skip_kfence(facts),
                        check_burst(facts),
                        check_permissions(facts)};
    conclude(facts, backends, diagnosis);
    return diagnosis;
}

} // namespace kfence
