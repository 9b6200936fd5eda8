// SPDX-License-Identifier: Apache-2.0
// Judgements that no fixture folder brings about, from literal facts.
#include "tools/doctor/diagnosis.h"

#include <gmock/gmock.h>

namespace kfence {
namespace {

using ::testing::HasSubstr;

LiveAbility yes() {
    return {.works = true, .why = {}, .remedy = {}};
}
LiveAbility no(std::string why) {
    return {.works = false, .why = std::move(why), .remedy = "help"};
}

/// Everything works.
Facts good() {
    Facts facts;
    facts.user = User{.uid = 0, .capabilities = ~std::uint64_t{0}};
    facts.live = {.btf = yes(),
                  .functions = yes(),
                  .fentry = yes(),
                  .kprobe = yes(),
                  .tracepoint = no("none"),
                  .symbols = yes(),
                  .metadata_symbol = yes(),
                  .free_stacks = true};
    facts.module_folder = true;
    facts.debugfs_mounted = true;
    facts.counters = CountersEvent{};
    facts.counters->enabled = true;
    facts.pool_objects = 255;
    return facts;
}

TEST(Diagnose, ATrialThatFailsLeavesTheNextBackend) {
    Facts facts = good();
    facts.live.fentry = no("the kernel does not attach it");
    const Diagnosis seen = diagnose(facts);
    EXPECT_EQ(seen.backend, "kprobe");
    EXPECT_EQ(seen.exit_code, kExitLesser);
    EXPECT_EQ(seen.verdict,
              "kfence-top can run with kprobe, a lesser backend (fentry: the kernel does not attach it).");
    facts.live.kprobe = no("no kprobes");
    EXPECT_EQ(diagnose(facts).backend, "poll");
}

TEST(Diagnose, NothingIsWrongWithAKernelWithoutTracepoints) {
    const Facts facts = good();
    EXPECT_EQ(judge_backends(facts).tracepoint.state, CheckState::kOff);
    EXPECT_EQ(judge_backends(facts).tracepoint.remedy, "");
    EXPECT_EQ(diagnose(facts).backend, "fentry");
    EXPECT_EQ(diagnose(facts).exit_code, kExitBest);
}

TEST(Diagnose, TracepointsAreTheBestBackendOfAKernelThatHasThem) {
    Facts facts = good();
    facts.live.has_tracepoints = true;
    facts.live.tracepoint = yes();
    EXPECT_EQ(diagnose(facts).backend, "tracepoint");
    EXPECT_EQ(diagnose(facts).exit_code, kExitBest);
    facts.live.tracepoint = no("they do not load");
    EXPECT_EQ(judge_backends(facts).tracepoint.state, CheckState::kMissing);
    EXPECT_EQ(diagnose(facts).backend, "fentry");
    EXPECT_EQ(diagnose(facts).exit_code, kExitLesser);
}

TEST(Diagnose, RightsForBpfWithoutThoseForDebugfs) {
    Facts facts = good();
    facts.user = User{.uid = 1000, .capabilities = (std::uint64_t{1} << 38U) | (std::uint64_t{1} << 39U)};
    facts.counters.reset();
    facts.pool_objects.reset();
    facts.settings.sample_interval_ms = 100;
    EXPECT_EQ(diagnose(facts).backend, "fentry");
    EXPECT_THAT(check_permissions(facts).detail, HasSubstr("user 1000 without CAP_SYSLOG, CAP_DAC_READ_SEARCH"));
    EXPECT_EQ(check_pool(facts).state, CheckState::kUnknown);
}

TEST(Diagnose, RootInAContainerLacksCapabilities) {
    Facts facts = good();
    facts.user = User{.uid = 0, .capabilities = 0};
    EXPECT_EQ(diagnose(facts).backend, "poll");
    EXPECT_EQ(check_permissions(facts).detail, "root without CAP_BPF, CAP_PERFMON, CAP_SYSLOG");
    EXPECT_THAT(check_permissions(facts).remedy, HasSubstr("container"));
}

TEST(Diagnose, FreesWithoutStacksAreSaid) {
    Facts facts = good();
    facts.live.free_stacks = false;
    for (const Check& check : diagnose(facts).checks) {
        if (check.name == "stacks") {
            EXPECT_THAT(check.detail, HasSubstr("not of frees"));
        }
    }
}

TEST(Diagnose, CompiledInButSysfsIsNotThere) {
    Facts facts = good();
    facts.module_folder = false;
    facts.config_known = true;
    facts.config_kfence = "y";
    EXPECT_EQ(check_kfence(facts).remedy, "mount -t sysfs sysfs /sys");
    EXPECT_EQ(diagnose(facts).exit_code, kExitCannot);
}

TEST(Diagnose, DebugfsWithoutAccessByConfiguration) {
    Facts facts = good();
    facts.counters.reset();
    facts.pool_objects.reset();
    facts.settings.sample_interval_ms = 100;
    EXPECT_THAT(check_debugfs(facts).remedy, HasSubstr("CONFIG_DEBUG_FS_ALLOW_ALL"));
}

TEST(Diagnose, RootIsNotToldToBecomeRoot) {
    Facts facts = good();
    facts.counters.reset();
    facts.pool_objects.reset();
    facts.objects_file = FileState::kDenied;
    facts.debugfs_error = "it is broken";
    EXPECT_EQ(check_pool(facts).detail, "its size cannot be read (it is broken)");
    EXPECT_EQ(check_pool(facts).remedy, "");
    EXPECT_EQ(check_debugfs(facts).remedy, "");
    EXPECT_EQ(check_sampling(facts).remedy, "");
    facts.user->uid = 1000;
    EXPECT_EQ(check_pool(facts).remedy, "run as root");
    EXPECT_EQ(check_debugfs(facts).remedy, "run as root");
    EXPECT_EQ(check_sampling(facts).remedy, "run as root");
}

TEST(Diagnose, NamesAreStableAndUnique) {
    std::vector<std::string> names;
    for (const Check& check : diagnose(good()).checks) {
        names.push_back(check.name);
    }
    EXPECT_THAT(names, ::testing::ElementsAre("kernel", "kfence", "sampling", "pool", "tracepoint", "fentry", "kprobe",
                                              "poll", "btf", "debugfs", "kallsyms", "kptr_restrict", "lockdown",
                                              "stacks", "reports", "skip_kfence", "burst", "permissions"));
}

} // namespace
} // namespace kfence
