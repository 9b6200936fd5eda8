// SPDX-License-Identifier: Apache-2.0
// One record of kfence/objects, in every format that it had.
#include "kernel/objects.h"

#include <gmock/gmock.h>

namespace kfence {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> frames_of(std::string_view frames) {
    std::vector<std::string> all;
    each_frame(frames, [&](std::string_view frame) { all.emplace_back(frame); });
    return all;
}

constexpr std::string_view kAllocated = "kfence-#17: 0x000000001234abcd-0x00000000dcba4321, size=192, cache=dentry\n"
                                        "\n"
                                        "allocated by task 4711 on cpu 3 at 31.123456s (2.000007s ago):\n"
                                        " d_alloc_parallel+0x4b/0x4d0\n"
                                        " nft_do_chain+0x5a/0x600 [nf_tables]\n";
constexpr std::string_view kFreed = "\n"
                                    "freed by task 12 on cpu 0 at 32.000001s (1.123462s ago):\n"
                                    " __dentry_kill+0x6c/0x180\n"
                                    " dput+0xe2/0x190\n";

TEST(Object, AnAllocatedOneOf612) {
    const auto object = parse_object(kAllocated);
    ASSERT_TRUE(object);
    EXPECT_EQ(object->slot, 17U);
    EXPECT_EQ(object->state, SlotState::kAllocated);
    EXPECT_EQ(object->size, 192U);
    EXPECT_EQ(object->cache, "dentry");
    EXPECT_EQ(object->alloc.pid, 4711);
    EXPECT_EQ(object->alloc.cpu, 3);
    EXPECT_EQ(object->alloc.at, 31'123'456'000U);
    EXPECT_EQ(object->alloc.ago, 2'000'007'000U);
    EXPECT_THAT(frames_of(object->alloc.frames),
                ElementsAre("d_alloc_parallel+0x4b/0x4d0", "nft_do_chain+0x5a/0x600 [nf_tables]"));
    EXPECT_THAT(frames_of(object->free.frames), ElementsAre());
}

TEST(Object, AFreedOneHasBothTracks) {
    const std::string text = std::string(kAllocated) + std::string(kFreed);
    const auto object = parse_object(text);
    ASSERT_TRUE(object);
    EXPECT_EQ(object->state, SlotState::kFreed);
    EXPECT_EQ(object->free.pid, 12);
    EXPECT_EQ(object->free.cpu, 0);
    EXPECT_EQ(object->free.at, 32'000'001'000U);
    EXPECT_EQ(object->free.ago, 1'123'462'000U);
    EXPECT_EQ(frames_of(object->alloc.frames).size(), 2U);
    EXPECT_THAT(frames_of(object->free.frames), ElementsAre("__dentry_kill+0x6c/0x180", "dput+0xe2/0x190"));
}

TEST(Object, RcuFreeingIsAStateOfItsOwn) {
    const std::string text =
        std::string(kAllocated) + "\nrcu freeing by task 12 on cpu 0 at 32.000001s (1.123462s ago):\n dput+0x1/0x2\n";
    const auto object = parse_object(text);
    ASSERT_TRUE(object);
    EXPECT_EQ(object->state, SlotState::kRcuFreeing);
    EXPECT_EQ(object->free.at, 32'000'001'000U);
}

TEST(Object, AnUnusedOne) {
    const auto object = parse_object("kfence-#254 unused\n");
    ASSERT_TRUE(object);
    EXPECT_EQ(object->slot, 254U);
    EXPECT_EQ(object->state, SlotState::kUnused);
}

TEST(Object, The512FormatHasNeitherTimesNorCpus) {
    const auto object = parse_object("kfence-#3 [0x00000000c5ae3b5f-0x000000002a3c9b1d, size=32, cache=kmalloc-32]"
                                     " allocated by task 507:\n"
                                     " test_alloc+0xf3/0x25b\n"
                                     "\n"
                                     "freed by task 508:\n"
                                     " test_double_free+0xa8/0x171\n");
    ASSERT_TRUE(object);
    EXPECT_EQ(object->slot, 3U);
    EXPECT_EQ(object->state, SlotState::kFreed);
    EXPECT_EQ(object->cache, "kmalloc-32");
    EXPECT_EQ(object->size, 32U);
    EXPECT_EQ(object->alloc.pid, 507);
    EXPECT_EQ(object->alloc.cpu, -1);
    EXPECT_EQ(object->alloc.at, std::nullopt);
    EXPECT_THAT(frames_of(object->alloc.frames), ElementsAre("test_alloc+0xf3/0x25b"));
    EXPECT_EQ(object->free.pid, 508);
}

TEST(Object, The516FormatHasNoAges) {
    const auto object = parse_object("kfence-#3: 0x1-0x2, size=32, cache=kmalloc-32\n"
                                     "\n"
                                     "allocated by task 507 on cpu 1 at 12.345678s:\n"
                                     " test_alloc+0xf3/0x25b\n");
    ASSERT_TRUE(object);
    EXPECT_EQ(object->state, SlotState::kAllocated);
    EXPECT_EQ(object->alloc.at, 12'345'678'000U);
    EXPECT_EQ(object->alloc.ago, std::nullopt);
}

TEST(Object, OneWithoutStacks) {
    const auto object = parse_object("kfence-#3: 0x1-0x2, size=32, cache=c\n"
                                     "\n"
                                     "allocated by task 1 on cpu 1 at 12.345678s (0.000001s ago):\n"
                                     " no allocation stack\n"
                                     "\n"
                                     "freed by task 0 on cpu 0 at 0.000000s (9.000000s ago):\n"
                                     " no deallocation stack\n");
    ASSERT_TRUE(object);
    EXPECT_EQ(object->alloc.frames, "");
    EXPECT_EQ(object->free.frames, "");
}

std::string destroyed(std::string_view free_frame) {
    return "kfence-#3: 0x1-0x2, size=32, cache=<destroyed>\n\n"
           "allocated by task 1 on cpu 1 at 12.345678s (0.000001s ago):\n a+0x1/0x2\n\n"
           "freed by task 2 on cpu 0 at 13.000000s (9.000000s ago):\n " +
           std::string(free_frame) + "\n";
}

TEST(Object, AZombieIsToldByWhoFreedIt) {
    for (const char* frame : {"kmem_cache_destroy+0x62/0x1b0", "shutdown_cache+0x12/0x20", "kmem_cache_release+0x1/0x2",
                              "slab_caches_to_rcu_destroy_workfn+0x8c/0xe0", "kmem_cache_destroy.part.0+0x1/0x2"}) {
        EXPECT_EQ(parse_object(destroyed(frame))->state, SlotState::kZombie) << frame;
        EXPECT_EQ(parse_object(destroyed(frame))->cache, "");
    }
    for (const char* frame : {"kmem_cache_destroyer+0x1/0x2", "test_free+0x1/0x2"}) {
        EXPECT_EQ(parse_object(destroyed(frame))->state, SlotState::kFreed) << frame;
    }
    // With its cache alive it was freed by somebody who destroyed another one.
    std::string alive = destroyed("kmem_cache_destroy+0x62/0x1b0");
    alive.replace(alive.find("<destroyed>"), 11, "kmalloc-64");
    EXPECT_EQ(parse_object(alive)->state, SlotState::kFreed);
}

TEST(Object, AHostileCacheNameEndsWhereTheKernelEndsIt) {
    for (const std::string_view name :
         {"a, size=1, cache=b", "] allocated", "\xff\x1b[31m", "a\nfreed by task 1:", "", " unused", "----------"}) {
        const std::string text = "kfence-#3: 0x1-0x2, size=32, cache=" + std::string(name) +
                                 "\n\nallocated by task 1 on cpu 1 at 12.345678s (0.000001s ago):\n a+0x1/0x2\n";
        const auto object = parse_object(text);
        ASSERT_TRUE(object) << name;
        EXPECT_EQ(object->cache, name);
        EXPECT_EQ(object->state, SlotState::kAllocated);
        EXPECT_EQ(object->size, 32U);
    }
}

TEST(Object, LinesOfLaterKernelsAreSkipped) {
    const auto object = parse_object("kfence-#3: 0x1-0x2, size=32, cache=c\n\n"
                                     "allocated by task 1 on cpu 1 at 12.345678s (0.000001s ago) in cgroup 7:\n"
                                     " a+0x1/0x2\n"
                                     "quota: 7\n");
    ASSERT_TRUE(object);
    EXPECT_EQ(object->state, SlotState::kAllocated);
    EXPECT_EQ(object->alloc.ago, 1000U);
}

TEST(Object, GarbageIsNotAnObject) {
    for (const std::string_view bad :
         {"", "\n", "kfence-#", "kfence-#1", "kfence-#x unused\n", "kfence-#65535 unused\n", "kfence-#-1 unused\n",
          "kfence-#99999999999999999999 unused\n", "kfence-#1 unuse\n", "kfence-#1: \n", "hello\n",
          "kfence-#1: 0x1-0x2, size=-3, cache=c\n\nallocated by task 1:\n",
          "kfence-#1: 0x1-0x2, size=5000000000, cache=c\n\nallocated by task 1:\n",
          "kfence-#1: 0x1-0x2, size=3, cache=c\n\nfreed by task 1:\n",
          "kfence-#1: 0x1-0x2, size=3, cache=c\n\nallocated by task x:\n",
          "kfence-#1: 0x1-0x2, size=3, cache=c\n\nallocated by task 99999999999:\n",
          "kfence-#1: 0x1-0x2, size=3, cache=c\n\nallocated by task 1 on cpu 99999 at 1.000000s:\n",
          "kfence-#1: 0x1-0x2, size=3, cache=c\n\nallocated by task 1 on cpu 0 at 1.0s:\n"}) {
        EXPECT_FALSE(parse_object(bad)) << bad;
    }
}

TEST(Object, EveryTruncationIsHandled) {
    const std::string whole = std::string(kAllocated) + std::string(kFreed);
    for (std::size_t size = 0; size < whole.size(); size++) {
        // A buffer of its own, so that a sanitizer sees what is read behind its end.
        const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const auto object = parse_object({cut.data(), cut.size()});
        if (object) {
            EXPECT_EQ(whole[size - 1], '\n') << size;
            EXPECT_EQ(object->slot, 17U);
        }
    }
}

} // namespace
} // namespace kfence
