// SPDX-License-Identifier: Apache-2.0
// The expectations follow get_stack_skipnr() of mm/kfence/report.c (6.12), read by hand.
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "event/names.h"

namespace kfence {
namespace {

std::size_t skip(std::vector<std::string_view> symbols) {
    return allocator_frames(symbols);
}

TEST(AllocatorFrames, EndAtTheEntryPoint) {
    EXPECT_EQ(skip({"__kfence_alloc", "kmem_cache_alloc_noprof", "vm_area_alloc", "do_mmap"}), 2U);
    EXPECT_EQ(skip({"kfence_guarded_free", "__kfence_free", "__slab_free", "kfree", "seq_release"}), 4U);
    EXPECT_EQ(skip({"__kmalloc_noprof", "load_elf"}), 1U);
}

TEST(AllocatorFrames, TheFirstEntryPointCounts) {
    EXPECT_EQ(skip({"__kfence_alloc", "__kmalloc_node_noprof", "kmem_cache_alloc_node", "alloc_skb"}), 2U);
    EXPECT_EQ(skip({"worker", "kfree_skb_reason", "tcp_ack"}), 2U);
}

TEST(AllocatorFrames, BulkVariantsAreEntryPoints) {
    EXPECT_EQ(skip({"kmem_cache_free_bulk", "caller", "main"}), 1U);
    EXPECT_EQ(skip({"kmem_cache_alloc_bulk_noprof", "caller", "main"}), 1U);
}

TEST(AllocatorFrames, FallBackToTheLastInternalFrame) {
    EXPECT_EQ(skip({"kfence_guarded_free", "__kfence_free", "rcu_do_batch", "rcu_core"}), 2U);
    EXPECT_EQ(skip({"__slab_free", "tail_called", "x"}), 1U);
    EXPECT_EQ(skip({"a", "__kmem_cache_free", "b"}), 2U);
}

TEST(AllocatorFrames, SlabFreeIsComparedWhole) {
    // Only as many characters as the symbol has are compared: a clone is not recognised.
    EXPECT_EQ(skip({"__slab_free.isra.0", "x", "y"}), 0U);
    EXPECT_EQ(skip({"__slab_freelist", "x", "y"}), 0U);
}

TEST(AllocatorFrames, NothingIsSkippedWhenAllWouldBe) {
    EXPECT_EQ(skip({"__kfence_alloc", "kmem_cache_alloc"}), 0U);
    EXPECT_EQ(skip({"kfence_a", "__kfence_b"}), 0U);
    EXPECT_EQ(skip({"kfree"}), 0U);
    EXPECT_EQ(skip({}), 0U);
}

TEST(AllocatorFrames, NothingIsSkippedWithoutAllocatorFrames) {
    EXPECT_EQ(skip({"do_mmap", "sys_mmap"}), 0U);
}

TEST(AllocatorFrames, AnEntryPointAtTheEndBeatsTheFallback) {
    // found: skipnr + 1 is not below the number of frames, so 0, and not the fallback of 1.
    EXPECT_EQ(skip({"kfence_x", "y", "kfree"}), 0U);
}

TEST(AllocatorFrames, Predicates) {
    EXPECT_TRUE(is_allocator_entry("kfree"));
    EXPECT_TRUE(is_allocator_entry("kmem_cache_free_bulk"));
    EXPECT_FALSE(is_allocator_entry("__kfree"));
    EXPECT_FALSE(is_allocator_entry("vfree"));
    EXPECT_TRUE(is_allocator_internal("__kfence_alloc"));
    EXPECT_TRUE(is_allocator_internal("__slab_free"));
    EXPECT_FALSE(is_allocator_internal("kmalloc"));
}

} // namespace
} // namespace kfence
