// SPDX-License-Identifier: Apache-2.0
#include "kernel/slab.h"

#include <gmock/gmock.h>

#include "fixture_root.h"

namespace kfence::test {
namespace {

std::vector<std::string> described(const std::vector<SlabFlag>& flags) {
    std::vector<std::string> texts;
    for (const SlabFlag& flag : flags) {
        texts.push_back(flag.name + (flag.shared_as.empty() ? "" : " " + flag.shared_as) +
                        (flag.skip_kfence ? " skip" : ""));
    }
    return texts;
}

TEST(SlabFlags, MergedCachesAreReportedUnderTheirNames) {
    const FixtureRoot root;
    root.file("/sys/kernel/slab/dentry/skip_kfence", "0\n");
    root.file("/sys/kernel/slab/:0000064/skip_kfence", "1\n");
    root.link("/sys/kernel/slab/kmalloc-64", ":0000064");
    root.link("/sys/kernel/slab/anon_vma_chain", ":0000064");
    root.file("/sys/kernel/slab/vmap_area/skip_kfence", "1\n");
    const auto flags = read_slab_flags(root.root());
    ASSERT_TRUE(flags) << flags.error().message;
    EXPECT_THAT(described(*flags), ::testing::ElementsAre("anon_vma_chain :0000064 skip", "dentry",
                                                          "kmalloc-64 :0000064 skip", "vmap_area skip"));
    EXPECT_TRUE(has_slab_flags(root.root()));
}

TEST(SlabFlags, OldKernelsHaveNone) {
    const FixtureRoot root;
    root.file("/sys/kernel/slab/dentry/object_size", "192\n");
    EXPECT_THAT(described(read_slab_flags(root.root()).value()), ::testing::IsEmpty());
    EXPECT_FALSE(has_slab_flags(root.root()));
}

TEST(SlabFlags, BrokenEntriesAreLeftOut) {
    const FixtureRoot root;
    root.link("/sys/kernel/slab/gone", ":gone");
    root.file("/sys/kernel/slab/empty/skip_kfence", "");
    root.file("/sys/kernel/slab/a\x1b[31m/skip_kfence", "1");
    root.file("/sys/kernel/slab/README", "a file where a folder belongs");
    EXPECT_THAT(described(read_slab_flags(root.root()).value()), ::testing::ElementsAre("a\x1b[31m skip"));
}

TEST(SlabFlags, AreThereAlsoForThoseWhoMayNotReadThem) {
    const FixtureRoot root;
    root.file("/sys/kernel/slab/dentry/skip_kfence", "1\n");
    root.mode("/sys/kernel/slab/dentry/skip_kfence", 0);
    const WithoutRoot plain;
    EXPECT_TRUE(has_slab_flags(root.root()));
    EXPECT_THAT(described(read_slab_flags(root.root()).value()), ::testing::IsEmpty());
}

TEST(SlabFlags, WithoutTheFolderIsUnsupported) {
    const FixtureRoot root;
    const auto flags = read_slab_flags(root.root());
    ASSERT_FALSE(flags);
    EXPECT_EQ(flags.error().kind, ErrorKind::kUnsupported);
    EXPECT_FALSE(has_slab_flags(root.root()));
}

} // namespace
} // namespace kfence::test
