// SPDX-License-Identifier: Apache-2.0
// From a machine to the judgement, one spoilt machine at a time.
#include <algorithm>

#include <gmock/gmock.h>

#include "fixture_root.h"
#include "machine.h"
#include "tools/doctor/diagnosis.h"

namespace kfence::test {
namespace {

using ::testing::HasSubstr;

class Doctor : public ::testing::Test {
protected:
    void SetUp() override { healthy_machine(root_); }

    Diagnosis look() { return diagnose(collect_facts(root_.root())); }

    static Check check(const Diagnosis& diagnosis, std::string_view name) {
        const auto at = std::ranges::find(diagnosis.checks, name, &Check::name);
        EXPECT_NE(at, diagnosis.checks.end()) << name;
        return at == diagnosis.checks.end() ? Check{} : *at;
    }

    FixtureRoot root_;
};

TEST_F(Doctor, HealthyMachine) {
    const Diagnosis seen = look();
    EXPECT_EQ(seen.exit_code, kExitBest);
    EXPECT_EQ(seen.backend, "fentry");
    EXPECT_EQ(seen.verdict, "kfence-top can run with fentry, the best backend for this kernel.");
    EXPECT_EQ(check(seen, "kernel").detail, "6.12.117-test, x86_64");
    EXPECT_EQ(check(seen, "kfence").detail, "compiled in");
    EXPECT_EQ(check(seen, "sampling").detail, "on, every 100 ms");
    EXPECT_EQ(check(seen, "pool").detail, "255 objects, 1 allocated");
    EXPECT_EQ(check(seen, "burst").detail, "0");
    EXPECT_EQ(check(seen, "permissions").detail, "root");
    for (const Check& one : seen.checks) {
        EXPECT_EQ(one.state, one.name == "tracepoint" ? CheckState::kOff : CheckState::kOk) << one.name;
        EXPECT_EQ(one.remedy, "") << one.name;
    }
}

TEST_F(Doctor, NoKfence) {
    root_.remove("/sys/module/kfence");
    root_.remove("/sys/kernel/debug/kfence");
    root_.remove("/sys/kernel/slab/dentry/skip_kfence");
    root_.file("/boot/config-6.12.117-test", "# CONFIG_KFENCE is not set\n");
    root_.file("/sys/kernel/btf/vmlinux", btf_bytes(false));
    root_.file("/proc/kallsyms", "ffffffff81000000 T _stext\n");
    const Diagnosis seen = look();
    EXPECT_EQ(seen.exit_code, kExitCannot);
    EXPECT_EQ(seen.backend, std::nullopt);
    EXPECT_EQ(seen.verdict, "kfence-top cannot run: this kernel has no KFENCE.");
    EXPECT_EQ(check(seen, "kfence").state, CheckState::kMissing);
    EXPECT_THAT(check(seen, "kfence").remedy, HasSubstr("CONFIG_KFENCE=y"));
    EXPECT_EQ(check(seen, "kallsyms").state, CheckState::kOk);
    EXPECT_EQ(check(seen, "skip_kfence").state, CheckState::kMissing);
}

TEST_F(Doctor, KfenceNeverTurnedOn) {
    turn_off(root_);
    const Diagnosis seen = look();
    EXPECT_EQ(seen.exit_code, kExitCannot);
    EXPECT_EQ(seen.backend, "fentry");
    EXPECT_THAT(seen.verdict, HasSubstr("as soon as KFENCE is on"));
    EXPECT_EQ(check(seen, "sampling").state, CheckState::kOff);
    EXPECT_EQ(check(seen, "sampling").remedy, "echo 100 > /sys/module/kfence/parameters/sample_interval");
    EXPECT_EQ(check(seen, "pool").detail, "not allocated yet (255 objects)");
    EXPECT_EQ(check(seen, "poll").state, CheckState::kOff);
}

TEST_F(Doctor, KfenceTurnedOffAgain) {
    root_.file("/sys/module/kfence/parameters/sample_interval", "0\n");
    root_.file("/sys/kernel/debug/kfence/stats",
               "enabled: 0\ncurrently allocated: 1\ntotal allocations: 2\ntotal frees: 1\n");
    const Diagnosis seen = look();
    EXPECT_EQ(seen.exit_code, kExitCannot);
    EXPECT_THAT(check(seen, "sampling").remedy, HasSubstr("dmesg"));
    EXPECT_EQ(check(seen, "pool").detail, "255 objects, 1 allocated");
}

TEST_F(Doctor, NoDebugfs) {
    root_.remove("/sys/kernel/debug");
    root_.file("/proc/self/mounts", "proc /proc proc rw 0 0\n");
    const Diagnosis seen = look();
    EXPECT_EQ(seen.exit_code, kExitBest) << "BPF needs no debugfs";
    EXPECT_EQ(check(seen, "debugfs").state, CheckState::kMissing);
    EXPECT_EQ(check(seen, "debugfs").remedy, "mount -t debugfs none /sys/kernel/debug");
    EXPECT_EQ(check(seen, "poll").state, CheckState::kMissing);
    EXPECT_EQ(check(seen, "pool").detail, "255 objects, as configured");
    EXPECT_EQ(check(seen, "sampling").detail, "on, every 100 ms");
}

TEST_F(Doctor, NotRoot) {
    root_.file("/proc/self/status", "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n");
    root_.file("/proc/kallsyms", "0000000000000000 T _stext\n0000000000000000 B kfence_metadata\n");
    root_.mode("/sys/module/kfence/parameters/sample_interval", 0);
    root_.mode("/sys/kernel/debug", 0);
    const WithoutRoot plain;
    const Diagnosis seen = look();
    EXPECT_EQ(seen.exit_code, kExitCannot);
    EXPECT_EQ(seen.backend, std::nullopt);
    EXPECT_EQ(seen.verdict,
              "kfence-top cannot run: user 1000 without CAP_BPF, CAP_PERFMON, CAP_SYSLOG, CAP_DAC_READ_SEARCH.");
    EXPECT_EQ(check(seen, "sampling").state, CheckState::kUnknown);
    EXPECT_EQ(check(seen, "sampling").remedy, "run as root");
    EXPECT_EQ(check(seen, "fentry").remedy, "run as root, or with CAP_BPF and CAP_PERFMON");
    EXPECT_EQ(check(seen, "debugfs").detail, "mounted, not readable");
    EXPECT_EQ(check(seen, "permissions").state, CheckState::kMissing);
}

TEST_F(Doctor, LockdownForConfidentiality) {
    root_.file("/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
    const Diagnosis seen = look();
    EXPECT_EQ(seen.exit_code, kExitLesser);
    EXPECT_EQ(seen.backend, "poll");
    EXPECT_EQ(seen.verdict, "kfence-top can run with poll, a lesser backend (fentry: kernel lockdown forbids it).");
    EXPECT_THAT(check(seen, "lockdown").remedy, HasSubstr("lockdown=confidentiality"));
    EXPECT_EQ(check(seen, "reports").detail, "only their number");
}

TEST_F(Doctor, LockdownForIntegrity) {
    root_.file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    EXPECT_EQ(look().exit_code, kExitBest);
    EXPECT_EQ(check(look(), "lockdown").state, CheckState::kOk);
}

TEST_F(Doctor, BlindedKallsyms) {
    root_.file("/proc/kallsyms", "0000000000000000 T _stext\n0000000000000000 B kfence_metadata\n");
    root_.file("/proc/sys/kernel/kptr_restrict", "2\n");
    const Diagnosis seen = look();
    EXPECT_EQ(seen.exit_code, kExitLesser);
    EXPECT_EQ(seen.backend, "poll");
    EXPECT_EQ(check(seen, "kallsyms").detail, "all addresses are hidden");
    EXPECT_EQ(check(seen, "kptr_restrict").remedy, "sysctl kernel.kptr_restrict=1");
    EXPECT_EQ(check(seen, "fentry").detail, "all addresses are hidden");
}

TEST_F(Doctor, NoBtf) {
    root_.remove("/sys/kernel/btf");
    const Diagnosis seen = look();
    EXPECT_EQ(seen.exit_code, kExitLesser);
    EXPECT_EQ(seen.backend, "poll");
    EXPECT_THAT(check(seen, "btf").remedy, HasSubstr("CONFIG_DEBUG_INFO_BTF"));
    EXPECT_EQ(check(seen, "fentry").detail, "needs BTF");
}

TEST_F(Doctor, NoBtfAndNoDebugfs) {
    root_.remove("/sys/kernel/btf");
    root_.remove("/sys/kernel/debug");
    root_.file("/proc/self/mounts", "");
    const Diagnosis seen = look();
    EXPECT_EQ(seen.exit_code, kExitCannot);
    EXPECT_EQ(seen.verdict, "kfence-top cannot run: no backend works, see above.");
}

TEST_F(Doctor, AnOldKernelWithoutBurstAndFlags) {
    root_.remove("/sys/module/kfence/parameters/burst");
    root_.remove("/sys/kernel/slab/dentry/skip_kfence");
    const Diagnosis seen = look();
    EXPECT_EQ(seen.exit_code, kExitBest);
    EXPECT_EQ(check(seen, "burst").remedy, "Linux 6.12 or later has it");
    EXPECT_THAT(check(seen, "skip_kfence").remedy, HasSubstr("Linux 6.1"));
}

TEST_F(Doctor, BrokenDebugfsFilesAreNamed) {
    root_.file("/sys/kernel/debug/kfence/stats", "enabled: \x1b[2J\n");
    const Diagnosis seen = look();
    EXPECT_EQ(check(seen, "debugfs").state, CheckState::kMissing);
    EXPECT_THAT(check(seen, "debugfs").detail, HasSubstr("\\x1b[2J"));
    EXPECT_EQ(check(seen, "poll").state, CheckState::kMissing);
}

TEST_F(Doctor, AnEmptyMachine) {
    const FixtureRoot empty;
    const Diagnosis seen = diagnose(collect_facts(empty.root()));
    EXPECT_EQ(seen.exit_code, kExitCannot);
    EXPECT_EQ(check(seen, "kernel").state, CheckState::kUnknown);
    EXPECT_EQ(check(seen, "permissions").state, CheckState::kUnknown);
}

} // namespace
} // namespace kfence::test
