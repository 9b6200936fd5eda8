// SPDX-License-Identifier: Apache-2.0
#include "kernel/params.h"

#include <gtest/gtest.h>

#include "fixture_root.h"

namespace kfence::test {
namespace {

TEST(Settings, AreReadWhereTheyExist) {
    const FixtureRoot root;
    EXPECT_EQ(read_settings(root.root()).sample_interval_ms, std::nullopt);
    root.file(kSampleIntervalPath, "100\n");
    root.file("/sys/module/kfence/parameters/skip_covered_thresh", "75\n");
    root.file("/sys/module/kfence/parameters/deferrable", "Y\n");
    const SettingsEvent old = read_settings(root.root());
    EXPECT_EQ(old.sample_interval_ms, 100U);
    EXPECT_EQ(old.skip_covered_thresh, 75U);
    EXPECT_EQ(old.burst, std::nullopt);
    EXPECT_EQ(old.deferrable, true);
    root.file("/sys/module/kfence/parameters/burst", "3\n");
    root.file("/sys/module/kfence/parameters/deferrable", "N\n");
    EXPECT_EQ(read_settings(root.root()).burst, 3U);
    EXPECT_EQ(read_settings(root.root()).deferrable, false);
}

TEST(Settings, GarbageIsNoSetting) {
    const FixtureRoot root;
    root.file(kSampleIntervalPath, "\xff\xfe\n");
    root.file("/sys/module/kfence/parameters/deferrable", "maybe\n");
    EXPECT_EQ(read_settings(root.root()).sample_interval_ms, std::nullopt);
    EXPECT_EQ(read_settings(root.root()).deferrable, std::nullopt);
}

TEST(Settings, AFileForRootIsNoSettingForOthers) {
    const FixtureRoot root;
    root.file(kSampleIntervalPath, "100\n");
    root.mode(kSampleIntervalPath, 0);
    const WithoutRoot plain;
    EXPECT_EQ(read_settings(root.root()).sample_interval_ms, std::nullopt);
}

} // namespace
} // namespace kfence::test
