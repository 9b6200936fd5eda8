// SPDX-License-Identifier: Apache-2.0
// One capability each: what there is, and what would help.
#include <fmt/format.h>

#include "kernel/params.h"
#include "tools/doctor/diagnosis.h"

namespace kfence {
namespace {

constexpr std::string_view kBootKfence = "boot a kernel built with CONFIG_KFENCE=y";
constexpr std::string_view kAsRoot = "run as root";

Check check(std::string_view name, std::string_view label, CheckState state, std::string detail,
            std::string_view remedy = {}) {
    return {.name = std::string(name),
            .label = std::string(label),
            .state = state,
            .detail = std::move(detail),
            .remedy = std::string(remedy)};
}

/// Nothing where the user is root already.
std::string_view as_root(const Facts& facts) {
    return facts.user && facts.user->uid == 0 ? "" : kAsRoot;
}

/// The size of a pool that is there and could not be counted.
Check unknown_pool(const Facts& facts) {
    std::string why = "its size cannot be read";
    if (!facts.debugfs_mounted) {
        return check("pool", "pool", CheckState::kUnknown, why, "needs debugfs, see below");
    }
    if (!facts.debugfs_error.empty()) {
        why += fmt::format(" ({})", facts.debugfs_error);
    }
    return check("pool", "pool", CheckState::kUnknown, why, as_root(facts));
}

std::string turn_on() {
    return fmt::format("echo 100 > {}", kSampleIntervalPath);
}

} // namespace

Sampling sampling_of(const Facts& facts) noexcept {
    if (!facts.module_folder) {
        return Sampling::kNoKfence;
    }
    if (facts.counters) {
        return facts.counters->enabled ? Sampling::kOn : Sampling::kOff;
    }
    // It reads 0 while KFENCE is off, whatever was written (mm/kfence/core.c param_get_sample_interval()).
    if (facts.settings.sample_interval_ms) {
        return *facts.settings.sample_interval_ms != 0 ? Sampling::kOn : Sampling::kOff;
    }
    return Sampling::kUnknown;
}

Check check_kernel(const Facts& facts) {
    const bool known = !facts.host.release.empty();
    return check("kernel", "kernel", known ? CheckState::kOk : CheckState::kUnknown,
                 known ? fmt::format("{}, {}", facts.host.release, facts.host.machine) : "/proc cannot be read",
                 known ? "" : "mount -t proc proc /proc");
}

Check check_kfence(const Facts& facts) {
    if (facts.module_folder) {
        return check("kfence", "KFENCE", CheckState::kOk, "compiled in");
    }
    if (facts.config_kfence == "y") {
        return check("kfence", "KFENCE", CheckState::kMissing, "compiled in, but /sys/module/kfence is not there",
                     "mount -t sysfs sysfs /sys");
    }
    return check("kfence", "KFENCE", CheckState::kMissing,
                 facts.config_known ? "not compiled in (CONFIG_KFENCE is not set)" : "not compiled in", kBootKfence);
}

Check check_sampling(const Facts& facts) {
    constexpr std::string_view kName = "sampling";
    switch (sampling_of(facts)) {
    case Sampling::kNoKfence:
        return check(kName, kName, CheckState::kMissing, "no, without KFENCE");
    case Sampling::kUnknown:
        return check(kName, kName, CheckState::kUnknown, "sample_interval cannot be read", as_root(facts));
    case Sampling::kOff:
        return check(kName, kName, CheckState::kOff, "off",
                     turn_on() + (facts.counters ? "; if that is refused, it gave up after a warning: see dmesg" : ""));
    case Sampling::kOn:
        break;
    }
    const auto interval = facts.settings.sample_interval_ms;
    return check(kName, kName, CheckState::kOk, interval ? fmt::format("on, every {} ms", *interval) : "on");
}

Check check_pool(const Facts& facts) {
    constexpr std::string_view kName = "pool";
    if (facts.pool_objects) {
        const std::string used = facts.counters ? fmt::format(", {} allocated", facts.counters->allocated) : "";
        return check(kName, kName, CheckState::kOk, fmt::format("{} objects{}", *facts.pool_objects, used));
    }
    const std::string built = facts.config_objects ? fmt::format("{} objects", *facts.config_objects) : "";
    switch (sampling_of(facts)) {
    case Sampling::kNoKfence:
        return check(kName, kName, CheckState::kMissing, "none, without KFENCE");
    case Sampling::kOff:
        return check(kName, kName, CheckState::kOff,
                     built.empty() ? "not allocated yet" : fmt::format("not allocated yet ({})", built),
                     "it is allocated when KFENCE is turned on");
    case Sampling::kOn:
    case Sampling::kUnknown:
        break;
    }
    return built.empty() ? unknown_pool(facts) : check(kName, kName, CheckState::kOk, built + ", as configured");
}

Check check_btf(const Facts& facts) {
    return facts.live.btf.works ? check("btf", "BTF", CheckState::kOk, "yes")
                                : check("btf", "BTF", CheckState::kMissing, facts.live.btf.why, facts.live.btf.remedy);
}

Check check_debugfs(const Facts& facts) {
    constexpr std::string_view kName = "debugfs";
    if (!facts.debugfs_error.empty()) {
        const bool rights = facts.stats_file == FileState::kDenied || facts.objects_file == FileState::kDenied;
        return check(kName, kName, CheckState::kMissing, rights ? "mounted, not readable" : facts.debugfs_error,
                     rights ? as_root(facts) : "");
    }
    if (facts.counters && facts.pool_objects) {
        return check(kName, kName, CheckState::kOk, "mounted");
    }
    if (!facts.debugfs_mounted) {
        return check(kName, kName, CheckState::kMissing, "not mounted", "mount -t debugfs none /sys/kernel/debug");
    }
    switch (sampling_of(facts)) {
    case Sampling::kNoKfence:
        return check(kName, kName, CheckState::kOk, "mounted");
    case Sampling::kOff:
        return check(kName, kName, CheckState::kOff, "mounted", "its kfence folder comes when KFENCE is turned on");
    case Sampling::kOn:
    case Sampling::kUnknown:
        break;
    }
    return check(kName, kName, CheckState::kMissing, "mounted, without a kfence folder",
                 facts.user && facts.user->uid != 0 ? kAsRoot : "boot a kernel built with CONFIG_DEBUG_FS_ALLOW_ALL=y");
}

Check check_kallsyms(const Facts& facts) {
    const LiveAbility& symbols = facts.live.symbols;
    if (!symbols.works) {
        return check("kallsyms", "kallsyms", CheckState::kMissing, symbols.why, symbols.remedy);
    }
    const bool metadata = facts.live.metadata_symbol.works || sampling_of(facts) == Sampling::kNoKfence;
    return check("kallsyms", "kallsyms", metadata ? CheckState::kOk : CheckState::kMissing,
                 metadata ? "visible" : facts.live.metadata_symbol.why,
                 metadata ? std::string_view() : std::string_view(facts.live.metadata_symbol.remedy));
}

Check check_kptr_restrict(const Facts& facts) {
    constexpr std::string_view kName = "kptr_restrict";
    const auto value = facts.host.kptr_restrict;
    if (!value) {
        return check(kName, kName, CheckState::kUnknown, "cannot be read", "mount -t proc proc /proc");
    }
    if (*value < 2) {
        return check(kName, kName, CheckState::kOk, fmt::format("{}", *value));
    }
    return check(kName, kName, CheckState::kMissing, fmt::format("{}, hides addresses from root, too", *value),
                 "sysctl kernel.kptr_restrict=1");
}

Check check_lockdown(const Facts& facts) {
    constexpr std::string_view kName = "lockdown";
    switch (facts.host.lockdown) {
    case Lockdown::kUnknown:
    case Lockdown::kNone:
        return check(kName, kName, CheckState::kOk, "none");
    case Lockdown::kIntegrity:
        return check(kName, kName, CheckState::kOk, "integrity, which leaves KFENCE visible");
    case Lockdown::kConfidentiality:
        break;
    }
    return check(kName, kName, CheckState::kMissing, "confidentiality, which forbids BPF backends",
                 "boot without lockdown=confidentiality");
}

Check check_skip_kfence(const Facts& facts) {
    return facts.slab_flags ? check("skip_kfence", "skip per cache", CheckState::kOk, "yes")
                            : check("skip_kfence", "skip per cache", CheckState::kMissing, "no skip_kfence files",
                                    "Linux 6.1 or later with CONFIG_KFENCE=y has them");
}

Check check_burst(const Facts& facts) {
    if (facts.settings.burst) {
        return check("burst", "burst", CheckState::kOk, fmt::format("{}", *facts.settings.burst));
    }
    return check("burst", "burst", CheckState::kMissing, "this kernel has none", "Linux 6.12 or later has it");
}

Check check_permissions(const Facts& facts) {
    constexpr std::string_view kName = "permissions";
    if (!facts.user) {
        return check(kName, kName, CheckState::kUnknown, "/proc/self/status cannot be read",
                     "mount -t proc proc /proc");
    }
    const User& user = *facts.user;
    std::vector<std::string_view> missing = user.missing({Capability::kBpf, Capability::kPerfmon, Capability::kSyslog});
    // debugfs belongs to root and is closed to all others.
    if (user.uid != 0 && !user.has(Capability::kDacOverride) && !user.has(Capability::kDacReadSearch)) {
        missing.push_back(to_string(Capability::kDacReadSearch));
    }
    const std::string who = user.uid == 0 ? "root" : fmt::format("user {}", user.uid);
    if (missing.empty()) {
        return check(kName, kName, CheckState::kOk, user.uid == 0 ? who : who + " with all that is needed");
    }
    return check(kName, kName, CheckState::kMissing, fmt::format("{} without {}", who, fmt::join(missing, ", ")),
                 user.uid == 0 ? "grant them to this container or service" : "sudo kfence-doctor");
}

} // namespace kfence
