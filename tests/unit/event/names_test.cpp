// SPDX-License-Identifier: Apache-2.0
#include "event/names.h"

#include <array>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace kfence {
namespace {

using Addresses = std::vector<std::uint64_t>;
using Frames = std::vector<std::string>;

std::string hex(std::uint64_t address) {
    return fmt::format("f{:x}+0x1/0x2", address);
}

TEST(NamesCache, SameNameSameId) {
    Names names;
    const CacheId dentry = names.cache("dentry");
    EXPECT_NE(dentry, kNoCache);
    EXPECT_EQ(names.cache("dentry"), dentry);
    EXPECT_NE(names.cache("inode"), dentry);
    EXPECT_EQ(names.cache_name(dentry), "dentry");
    EXPECT_EQ(names.cache_count(), 2U);
}

TEST(NamesCache, EmptyIsNoCache) {
    Names names;
    EXPECT_EQ(names.cache(""), kNoCache);
    EXPECT_EQ(names.cache_name(kNoCache), "");
}

TEST(NamesCache, HostileNamesAreSanitizedOnce) {
    Names names;
    const CacheId id = names.cache("a\x1b\"\n");
    EXPECT_EQ(names.cache_name(id), "a\\x1b\"\\x0a");
    EXPECT_EQ(names.cache("a\x1b\"\n"), id);
    EXPECT_EQ(names.cache_count(), 1U);
}

TEST(NamesStack, ResolvesNewFramesOnly) {
    Names names;
    std::multiset<std::uint64_t> asked;
    const Names::Resolver resolve = [&](std::uint64_t a) {
        asked.insert(a);
        return hex(a);
    };
    const StackId first = names.stack(Addresses{1, 2, 3}, resolve);
    const StackId second = names.stack(Addresses{1, 2, 4}, resolve);
    EXPECT_NE(first, second);
    EXPECT_EQ(names.stack(Addresses{1, 2, 3}, resolve), first);
    EXPECT_EQ(asked, (std::multiset<std::uint64_t>{1, 2, 3, 4}));
    const Stack& stack = names.stack_of(second);
    ASSERT_EQ(stack.frames.size(), 3U);
    EXPECT_EQ(names.frame(stack, 2), "f4+0x1/0x2");
    EXPECT_EQ(names.stack_count(), 2U);
}

TEST(NamesStack, CountsTheFramesOfTheAllocator) {
    Names names;
    const std::array<const char*, 4> symbols{"__kfence_alloc+0x2/0x9", "kmem_cache_alloc_noprof+0x1/0x2",
                                             "ext4_alloc_inode+0x1/0x2 [ext4]", "iget+0x3/0x4"};
    const StackId id = names.stack(Addresses{0, 1, 2, 3}, [&](std::uint64_t a) { return symbols[a]; });
    EXPECT_EQ(names.stack_of(id).skip, 2U);
    EXPECT_EQ(names.frame(names.stack_of(id), 2), "ext4_alloc_inode+0x1/0x2 [ext4]");
}

TEST(NamesStack, TextHasNoFramesOfTheAllocator) {
    Names names;
    const StackId id = names.stack(Frames{"kfree_skb+0x1/0x2", "tcp_ack+0x1/0x2"});
    EXPECT_EQ(names.stack_of(id).skip, 0U);
    EXPECT_EQ(names.stack(Frames{"kfree_skb+0x1/0x2", "tcp_ack+0x1/0x2"}), id);
    EXPECT_NE(names.stack(Frames{"kfree_skb+0x1/0x2"}), id);
}

TEST(NamesStack, TextAndAddressesDoNotCollide) {
    Names names;
    const StackId text = names.stack(Frames{"a", "b"}); // frame indices 0 and 1
    const StackId addresses = names.stack(Addresses{0, 1}, hex);
    EXPECT_NE(text, addresses);
    EXPECT_EQ(names.frame(names.stack_of(text), 0), "a");
    EXPECT_EQ(names.frame(names.stack_of(addresses), 0), "f0+0x1/0x2");
}

TEST(NamesStack, EmptyIsNoStack) {
    Names names;
    EXPECT_EQ(names.stack(Addresses{}, hex), kNoStack);
    EXPECT_EQ(names.stack(Frames{}), kNoStack);
    EXPECT_TRUE(names.stack_of(kNoStack).frames.empty());
}

TEST(NamesStack, FramesAreSanitized) {
    Names names;
    const StackId id = names.stack(Frames{"evil\x1b[0m+0x1/0x2"});
    EXPECT_EQ(names.frame(names.stack_of(id), 0), "evil\\x1b[0m+0x1/0x2");
}

TEST(NamesForget, KeepsWhatIsInUse) {
    Names names;
    std::vector<StackId> ids;
    for (std::uint64_t i = 0; i < 100; ++i) {
        ids.push_back(names.stack(Addresses{i, i + 1}, hex));
    }
    names.forget_stacks([&](StackId id) { return id == ids[7] || id == ids[70]; });
    EXPECT_EQ(names.stack_count(), 2U);
    EXPECT_EQ(names.stack(Addresses{7, 8}, hex), ids[7]);
    EXPECT_EQ(names.frame(names.stack_of(ids[70]), 1), "f47+0x1/0x2");
}

TEST(NamesForget, GivesIdsToOtherStacksLater) {
    Names names;
    const StackId old = names.stack(Addresses{1}, hex);
    names.forget_stacks([](StackId) { return false; });
    EXPECT_TRUE(names.stack_of(old).frames.empty());
    const StackId other = names.stack(Addresses{2}, hex);
    EXPECT_EQ(other, old);
    EXPECT_EQ(names.frame(names.stack_of(other), 0), "f2+0x1/0x2");
    EXPECT_NE(names.stack(Addresses{1}, hex), other);
}

TEST(NamesForget, SaysThatIdsMayStandForOthers) {
    Names names;
    static_cast<void>(names.stack(Addresses{1}, hex));
    const std::uint64_t before = names.generation();
    static_cast<void>(names.stack(Addresses{2}, hex));
    EXPECT_EQ(names.generation(), before);
    names.forget_stacks([](StackId) { return false; });
    EXPECT_NE(names.generation(), before);
    const std::uint64_t after = names.generation();
    names.forget_caches(std::vector<CacheId>{names.cache("a")});
    EXPECT_NE(names.generation(), after);
}

TEST(NamesForget, ResolvesAgainWhatComesAgain) {
    Names names;
    static_cast<void>(names.stack(Addresses{1}, hex));
    names.forget_stacks([](StackId) { return false; });
    const StackId id = names.stack(Addresses{1}, [](std::uint64_t) { return "reloaded+0x0/0x1"; });
    EXPECT_EQ(names.frame(names.stack_of(id), 0), "reloaded+0x0/0x1");
}

TEST(NamesForget, GivesIdsToOtherCachesLater) {
    Names names;
    const CacheId kept = names.cache("dentry");
    const CacheId old = names.cache("short-lived");
    names.forget_caches(std::vector<CacheId>{old});
    EXPECT_EQ(names.cache_name(old), "");
    EXPECT_EQ(names.cache_count(), 1U);
    names.forget_caches(std::vector<CacheId>{old}); // once is enough
    EXPECT_EQ(names.cache("another"), old);
    EXPECT_NE(names.cache("short-lived"), old);
    EXPECT_EQ(names.cache("dentry"), kept);
    EXPECT_EQ(names.cache_name(kNoCache), "");
    names.forget_caches(std::vector<CacheId>{kNoCache});
    EXPECT_NE(names.cache("one more"), kNoCache);
}

} // namespace
} // namespace kfence
