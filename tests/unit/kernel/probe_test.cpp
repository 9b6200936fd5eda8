// SPDX-License-Identifier: Apache-2.0
#include "live/probe.h"

#include <cerrno>

#include <gmock/gmock.h>

#include "fixture_root.h"
#include "live/trial.h"
#include "machine.h"

namespace kfence::test {
namespace {

using ::testing::HasSubstr;

TEST(Probe, AHealthyMachineHasEverythingButTracepoints) {
    const FixtureRoot root;
    healthy_machine(root);
    const LiveCapabilities found = probe_live(root.root());
    EXPECT_TRUE(found.btf.works);
    EXPECT_TRUE(found.functions.works) << found.functions.why;
    EXPECT_TRUE(found.fentry.works) << found.fentry.why;
    EXPECT_TRUE(found.kprobe.works) << found.kprobe.why;
    EXPECT_TRUE(found.symbols.works);
    EXPECT_TRUE(found.metadata_symbol.works);
    EXPECT_TRUE(found.free_stacks);
    EXPECT_FALSE(found.has_tracepoints);
    EXPECT_FALSE(found.tracepoint.works);
    EXPECT_THAT(found.tracepoint.why, HasSubstr("kernel-patches/"));
}

TEST(Probe, ProcIsNotMounted) {
    const FixtureRoot root;
    healthy_machine(root);
    root.remove("/proc");
    EXPECT_EQ(probe_live(root.root()).symbols.remedy, "mount -t proc proc /proc");
}

TEST(Probe, TheRemedyFitsTheRefusal) {
    EXPECT_THAT(remedy_for(EPERM, "boot"), HasSubstr("run as root"));
    EXPECT_THAT(remedy_for(EACCES, "boot"), HasSubstr("run as root"));
    EXPECT_EQ(remedy_for(EOPNOTSUPP, "boot"), "boot");
    EXPECT_EQ(remedy_for(524, "boot"), "boot"); // the kernel's ENOTSUPP
    EXPECT_EQ(remedy_for(EINVAL, "boot"), "");
}

TEST(Probe, NoBtf) {
    const FixtureRoot root;
    healthy_machine(root);
    root.remove("/sys/kernel/btf");
    const LiveCapabilities found = probe_live(root.root());
    EXPECT_FALSE(found.btf.works);
    EXPECT_THAT(found.btf.remedy, HasSubstr("CONFIG_DEBUG_INFO_BTF"));
    EXPECT_FALSE(found.fentry.works);
    EXPECT_FALSE(found.kprobe.works);
    EXPECT_FALSE(found.free_stacks);
}

TEST(Probe, BtfThatIsCutOrHasNoKfence) {
    const FixtureRoot root;
    healthy_machine(root);
    root.file("/sys/kernel/btf/vmlinux", btf_bytes(true).substr(0, 20));
    EXPECT_FALSE(probe_live(root.root()).btf.works);
    root.file("/sys/kernel/btf/vmlinux", btf_bytes(false));
    const LiveCapabilities found = probe_live(root.root());
    EXPECT_TRUE(found.btf.works);
    EXPECT_FALSE(found.functions.works);
    EXPECT_THAT(found.functions.why, HasSubstr("__kfence_alloc()"));
    EXPECT_FALSE(found.fentry.works);
}

TEST(Probe, WhatTheCompilerInlined) {
    const FixtureRoot root;
    healthy_machine(root);
    root.file("/sys/kernel/btf/vmlinux", btf_bytes(true, "metadata_update_state"));
    LiveCapabilities found = probe_live(root.root());
    EXPECT_TRUE(found.fentry.works);
    EXPECT_TRUE(found.kprobe.works);
    EXPECT_FALSE(found.free_stacks);
    // Frees are seen all the same, but kprobes have no other place.
    root.file("/sys/kernel/btf/vmlinux", btf_bytes(true, "kfence_guarded_free"));
    found = probe_live(root.root());
    EXPECT_TRUE(found.fentry.works);
    EXPECT_FALSE(found.kprobe.works);
    EXPECT_THAT(found.kprobe.why, HasSubstr("kfence_guarded_free()"));
    EXPECT_TRUE(found.free_stacks);
    for (const char* needed : {"__kfence_alloc", "__kfence_free", "kfence_report_error"}) {
        root.file("/sys/kernel/btf/vmlinux", btf_bytes(true, needed));
        found = probe_live(root.root());
        EXPECT_FALSE(found.fentry.works) << needed;
        EXPECT_FALSE(found.kprobe.works) << needed;
        EXPECT_THAT(found.functions.why, HasSubstr(needed));
    }
}

TEST(Probe, TracepointsOfAPatchedKernel) {
    const FixtureRoot root;
    healthy_machine(root);
    root.folder("/sys/kernel/tracing/events");
    EXPECT_FALSE(has_kfence_tracepoints(root.root()));
    root.folder("/sys/kernel/tracing/events/kfence");
    EXPECT_TRUE(has_kfence_tracepoints(root.root()));
    EXPECT_TRUE(probe_live(root.root()).tracepoint.works);
    root.remove("/sys/kernel/btf/vmlinux");
    EXPECT_FALSE(probe_live(root.root()).tracepoint.works);
}

TEST(Probe, TracepointsAreInBtfWhereTracefsIsNotMounted) {
    const FixtureRoot root;
    healthy_machine(root);
    EXPECT_FALSE(has_kfence_tracepoints(root.root()));
    root.file("/sys/kernel/btf/vmlinux", btf_bytes(true, "", true));
    EXPECT_TRUE(has_kfence_tracepoints(root.root()));
    // Tracefs knows better.
    root.folder("/sys/kernel/tracing/events");
    EXPECT_FALSE(has_kfence_tracepoints(root.root()));
}

TEST(Probe, NoKprobes) {
    const FixtureRoot root;
    healthy_machine(root);
    root.remove("/sys/bus/event_source/devices/kprobe");
    EXPECT_THAT(probe_live(root.root()).kprobe.why, HasSubstr("no kprobes"));
}

TEST(Probe, SymbolsHiddenOrMissing) {
    const FixtureRoot root;
    healthy_machine(root);
    root.file("/proc/kallsyms", "0000000000000000 T _stext\n0000000000000000 B kfence_metadata\n");
    EXPECT_THAT(probe_live(root.root()).symbols.remedy, HasSubstr("CAP_SYSLOG"));
    root.file("/proc/sys/kernel/kptr_restrict", "2\n");
    EXPECT_EQ(probe_live(root.root()).symbols.remedy, "sysctl kernel.kptr_restrict=1");
    EXPECT_FALSE(probe_live(root.root()).metadata_symbol.works);
    root.file("/proc/kallsyms", "ffffffff81000000 T _stext\n");
    EXPECT_TRUE(probe_live(root.root()).symbols.works);
    EXPECT_THAT(probe_live(root.root()).metadata_symbol.remedy, HasSubstr("CONFIG_KALLSYMS_ALL"));
    root.remove("/proc/kallsyms");
    EXPECT_FALSE(probe_live(root.root()).symbols.works);
}

TEST(Probe, TheRunningMachineAnswersAndIsLeftAsItWas) {
    const LiveCapabilities found = probe_live("/");
    EXPECT_EQ(found.fentry.works, found.fentry.why.empty());
    EXPECT_EQ(found.kprobe.works, found.kprobe.why.empty());
}

} // namespace
} // namespace kfence::test
