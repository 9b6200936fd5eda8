// SPDX-License-Identifier: Apache-2.0
#include "kernel/host.h"

#include <gtest/gtest.h>

#include "fixture_root.h"

namespace kfence::test {
namespace {

TEST(Host, ReadsWhatThereIs) {
    const FixtureRoot root;
    root.file("/proc/sys/kernel/hostname", "web-17\n");
    root.file("/proc/sys/kernel/osrelease", "6.12.117\n");
    root.file("/proc/sys/kernel/arch", "x86_64\n");
    root.file("/proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n");
    root.file("/proc/uptime", "273.25 500.00\n");
    root.file("/sys/devices/system/node/online", "0-1,4\n");
    root.file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    root.file("/proc/sys/kernel/kptr_restrict", "2\n");
    root.file("/proc/sys/kernel/perf_event_paranoid", "-1\n");
    root.file("/proc/sys/kernel/unprivileged_bpf_disabled", "1\n");
    const Host host = read_host(root.root());
    EXPECT_EQ(host.name, "web-17");
    EXPECT_EQ(host.release, "6.12.117");
    EXPECT_EQ(host.machine, "x86_64");
    EXPECT_EQ(host.boot_id, "11111111-2222-3333-4444-555555555555");
    EXPECT_DOUBLE_EQ(host.uptime_s.value(), 273.25);
    EXPECT_EQ(host.numa_nodes, 3U);
    EXPECT_EQ(host.lockdown, Lockdown::kIntegrity);
    EXPECT_EQ(host.kptr_restrict, 2U);
    EXPECT_EQ(host.perf_event_paranoid, -1);
    EXPECT_EQ(host.unprivileged_bpf_disabled, 1U);
    EXPECT_GE(host.page_size, 4096U);
}

TEST(Host, AnEmptyMachineIsUnknown) {
    const FixtureRoot root;
    const Host host = read_host(root.root());
    EXPECT_EQ(host.name, "");
    EXPECT_EQ(host.uptime_s, std::nullopt);
    EXPECT_EQ(host.numa_nodes, 1U);
    EXPECT_EQ(host.lockdown, Lockdown::kUnknown);
    EXPECT_EQ(host.kptr_restrict, std::nullopt);
}

TEST(Host, NamesAreMadeHarmless) {
    const FixtureRoot root;
    root.file("/proc/sys/kernel/hostname", "evil\x1b]0;x\x07\n");
    EXPECT_EQ(read_host(root.root()).name, "evil\\x1b]0;x\\x07");
}

TEST(Lockdown, IsTheOneInBrackets) {
    EXPECT_EQ(parse_lockdown("[none] integrity confidentiality"), Lockdown::kNone);
    EXPECT_EQ(parse_lockdown("none integrity [confidentiality]"), Lockdown::kConfidentiality);
    EXPECT_EQ(parse_lockdown("none integrity confidentiality"), Lockdown::kUnknown);
    EXPECT_EQ(parse_lockdown("[nonesuch]"), Lockdown::kUnknown);
    EXPECT_EQ(parse_lockdown(""), Lockdown::kUnknown);
}

TEST(CountList, CountsRangesAndNumbers) {
    EXPECT_EQ(count_list("0"), 1U);
    EXPECT_EQ(count_list("0-3,8,10-11"), 7U);
    for (const char* bad : {"", "a", "3-1", "1-", "0-99999999", "1 2"}) {
        EXPECT_EQ(count_list(bad), std::nullopt) << bad;
    }
}

} // namespace
} // namespace kfence::test
