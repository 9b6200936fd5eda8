// SPDX-License-Identifier: Apache-2.0
#include "kernel/user.h"

#include <gmock/gmock.h>

#include "fixture_root.h"
#include "kernel/mounts.h"

namespace kfence::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(User, IsReadFromItsStatus) {
    const FixtureRoot root;
    EXPECT_EQ(read_user(root.root()), std::nullopt);
    // Bits 38 and 39, CAP_PERFMON and CAP_BPF; real uid 1000, effective 1001.
    root.file("/proc/self/status", "Name:\tx\nUid:\t1000\t1001\t1000\t1000\nCapEff:\t000000c000000000\n");
    const User user = read_user(root.root()).value();
    EXPECT_EQ(user.uid, 1001U);
    EXPECT_TRUE(user.may_trace());
    EXPECT_THAT(user.missing({Capability::kBpf, Capability::kPerfmon}), IsEmpty());
    EXPECT_THAT(user.missing({Capability::kSyslog, Capability::kDacOverride}),
                ElementsAre("CAP_SYSLOG", "CAP_DAC_OVERRIDE"));
}

TEST(User, SysAdminStandsForBpfAndPerfmonAlone) {
    const User user{.uid = 0, .capabilities = std::uint64_t{1} << 21U};
    EXPECT_TRUE(user.may_trace());
    EXPECT_THAT(user.missing({Capability::kBpf, Capability::kPerfmon, Capability::kSyslog}), ElementsAre("CAP_SYSLOG"));
    const User half{.uid = 0, .capabilities = std::uint64_t{1} << 39U};
    EXPECT_FALSE(half.may_trace());
}

TEST(User, GarbageIsNobody) {
    const FixtureRoot root;
    root.file("/proc/self/status", "Uid:\nCapEff:\tzz\n");
    EXPECT_EQ(read_user(root.root()), std::nullopt);
}

TEST(Mounts, AreParsedWithTheirEscapes) {
    const auto mounts = parse_mounts("debugfs /sys/kernel/debug debugfs rw,nosuid 0 0\n"
                                     "x /a\\040b\\134 ext4 rw 0 0\n"
                                     "\n"
                                     "short\n"
                                     "y /c\\04 tmpfs rw 0 0");
    ASSERT_EQ(mounts.size(), 3U);
    EXPECT_EQ(mounts[1].path, "/a b\\");
    EXPECT_EQ(mounts[2].path, "/c\\04");
    EXPECT_TRUE(is_mounted(mounts, "debugfs", "/sys/kernel/debug"));
    EXPECT_FALSE(is_mounted(mounts, "tracefs", "/sys/kernel/debug"));
    EXPECT_FALSE(is_mounted(mounts, "debugfs", "/mnt"));
}

TEST(Mounts, WithoutTheFileThereAreNone) {
    const FixtureRoot root;
    EXPECT_THAT(read_mounts(root.root()), IsEmpty());
}

} // namespace
} // namespace kfence::test
