// SPDX-License-Identifier: Apache-2.0
// The poll backend over fixture files, with a clock of the test.
#include "live/poll_source.h"

#include <gmock/gmock.h>

#include "fixture_root.h"
#include "kernel/objects.h"
#include "kernel/params.h"
#include "kernel/stats.h"
#include "machine.h"

namespace kfence::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kLine = "---------------------------------\n";
constexpr KernelNs kSecond = 1'000'000'000;

template <typename Kind> std::vector<Kind> all_of(const EventBatch& batch) {
    std::vector<Kind> found;
    for (const Event& event : batch) {
        if (const auto* one = std::get_if<Kind>(&event)) {
            found.push_back(*one);
        }
    }
    return found;
}

class PollSource : public ::testing::Test {
protected:
    void SetUp() override { healthy_machine(root_); }

    std::unique_ptr<Source> open() {
        auto source = open_poll_source(root_.root(), [this] { return mono_; });
        EXPECT_TRUE(source) << source.error().message;
        return std::move(*source);
    }

    static EventBatch walk(Source& source) {
        EventBatch batch;
        const auto walked = source.walk(batch);
        EXPECT_TRUE(walked) << walked.error().message;
        return batch;
    }

    static EventBatch state(Source& source) {
        EventBatch batch;
        EXPECT_TRUE(source.read_state(batch));
        return batch;
    }

    static std::vector<std::string> frames(Source& source, StackId id) {
        const Stack& stack = source.names().stack_of(id);
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < stack.frames.size(); i++) {
            texts.push_back(source.names().frame(stack, i));
        }
        return texts;
    }

    FixtureRoot root_;
    std::uint64_t mono_ = 20 * kSecond;
};

TEST_F(PollSource, SaysWhatItIs) {
    const auto source = open();
    EXPECT_EQ(source->info().backend, "poll");
    EXPECT_EQ(source->info().host, "web-17");
    EXPECT_EQ(source->info().kernel, "6.12.117-test");
    EXPECT_FALSE(source->info().complete_stream);
    EXPECT_TRUE(source->info().has_counters);
    EXPECT_FALSE(source->info().blind.empty());
    EXPECT_EQ(source->wait_fd(), -1);
    EventBatch batch;
    EXPECT_TRUE(source->drain(batch, 100).value());
    EXPECT_THAT(batch, IsEmpty());
}

TEST_F(PollSource, AWalkBringsUsedSlotsAndTheSizeOfThePool) {
    const auto source = open();
    const EventBatch batch = walk(*source);
    const auto slots = all_of<SlotEvent>(batch);
    ASSERT_EQ(slots.size(), 2U);
    EXPECT_EQ(slots[0].slot, 0U);
    EXPECT_EQ(slots[0].state, SlotState::kAllocated);
    EXPECT_EQ(slots[0].size, 64U);
    EXPECT_EQ(source->names().cache_name(slots[0].cache), "kmalloc-64");
    EXPECT_EQ(slots[0].allocated_at, 12'000'345'000U);
    EXPECT_EQ(slots[0].freed_at, 0U);
    EXPECT_EQ(slots[0].task.pid, 7);
    EXPECT_EQ(slots[0].task.cpu, 1);
    EXPECT_THAT(frames(*source, slots[0].alloc_stack), ElementsAre("alloc_pipe_info+0x4c/0x1f0", "do_pipe2+0x2a/0xc0"));
    EXPECT_EQ(slots[0].free_stack, kNoStack);
    EXPECT_EQ(slots[1].state, SlotState::kFreed);
    EXPECT_EQ(slots[1].freed_at, 14'500'000'000U);
    EXPECT_THAT(frames(*source, slots[1].free_stack), ElementsAre("__fput+0xe1/0x2a0"));
    const auto ends = all_of<WalkEvent>(batch);
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends[0].objects, 255U);
    EXPECT_TRUE(std::holds_alternative<WalkEvent>(batch.back()));
}

TEST_F(PollSource, TheClockComesFromTheAgesOfObjects) {
    const auto source = open();
    // Printed at 12.000345 s with an age of 3.000100 s.
    EXPECT_EQ(source->now(), 15'000'445'000U);
    mono_ += kSecond;
    EXPECT_EQ(source->now(), 16'000'445'000U);
}

TEST_F(PollSource, WithoutAgesTheClockIsAtLeastThatOfTheNewestObject) {
    std::string text = objects_text(1);
    text.replace(text.find(" (3.000100s ago)"), 16, "");
    root_.file(kObjectsPath, text.substr(0, text.find("kfence-#1")));
    EXPECT_EQ(open()->now(), mono_);
    mono_ = 5 * kSecond;
    EXPECT_EQ(open()->now(), 12'000'345'000U);
}

TEST_F(PollSource, TheClockNeverGoesBack) {
    const auto source = open();
    mono_ += kSecond;
    const KernelNs before = source->now();
    mono_ -= kSecond / 2;
    EXPECT_EQ(source->now(), before);
}

TEST_F(PollSource, CountersAreReadEachTime) {
    const auto source = open();
    EventBatch batch;
    ASSERT_TRUE(source->read_counters(batch));
    root_.file(kStatsPath, "enabled: 0\ncurrently allocated: 7\ntotal allocations: 9\ntotal frees: 2\n");
    ASSERT_TRUE(source->read_counters(batch));
    const auto counters = all_of<CountersEvent>(batch);
    ASSERT_EQ(counters.size(), 2U);
    EXPECT_TRUE(counters[0].enabled);
    EXPECT_EQ(counters[0].time, 15'000'445'000U);
    EXPECT_EQ(counters[1].allocated, 7U);
    root_.file(kStatsPath, "cut");
    EXPECT_FALSE(source->read_counters(batch));
}

TEST_F(PollSource, SettingsComeOnceAndWhenTheyChange) {
    const auto source = open();
    EXPECT_EQ(all_of<SettingsEvent>(state(*source)).size(), 1U);
    EXPECT_EQ(all_of<SettingsEvent>(state(*source)).size(), 0U);
    root_.file(kSampleIntervalPath, "10\n");
    const auto changed = all_of<SettingsEvent>(state(*source));
    ASSERT_EQ(changed.size(), 1U);
    EXPECT_EQ(changed[0].sample_interval_ms, 10U);
}

TEST_F(PollSource, SkipFlagsAreScannedEveryTenSeconds) {
    const auto source = open();
    EXPECT_THAT(all_of<CacheSkipEvent>(state(*source)), IsEmpty());
    root_.file("/sys/kernel/slab/dentry/skip_kfence", "1\n");
    mono_ += 9 * kSecond;
    EXPECT_THAT(all_of<CacheSkipEvent>(state(*source)), IsEmpty());
    mono_ += kSecond;
    const auto set = all_of<CacheSkipEvent>(state(*source));
    ASSERT_EQ(set.size(), 1U);
    EXPECT_TRUE(set[0].skip);
    EXPECT_EQ(source->names().cache_name(set[0].cache), "dentry");
    root_.file("/sys/kernel/slab/dentry/skip_kfence", "0\n");
    mono_ += 10 * kSecond;
    const auto cleared = all_of<CacheSkipEvent>(state(*source));
    ASSERT_EQ(cleared.size(), 1U);
    EXPECT_FALSE(cleared[0].skip);
}

TEST_F(PollSource, WhatIsNotUnderstoodIsALoss) {
    const auto source = open();
    root_.file(kObjectsPath, objects_text(3) + "nonsense\n" + std::string(kLine));
    EXPECT_EQ(all_of<WalkEvent>(walk(*source)).size(), 1U);
    const auto losses = all_of<LossEvent>(state(*source));
    ASSERT_EQ(losses.size(), 1U);
    EXPECT_EQ(losses[0].cause, LossCause::kUndecodable);
    EXPECT_EQ(losses[0].count, 1U);
    EXPECT_THAT(all_of<LossEvent>(state(*source)), IsEmpty());
}

TEST_F(PollSource, AnEmptyFileIsAFailedWalk) {
    const auto source = open();
    root_.file(kObjectsPath, "");
    EventBatch batch;
    EXPECT_FALSE(source->walk(batch));
    EXPECT_THAT(all_of<WalkEvent>(batch), IsEmpty());
    const auto losses = all_of<LossEvent>(state(*source));
    ASSERT_EQ(losses.size(), 1U);
    EXPECT_EQ(losses[0].cause, LossCause::kWalk);
}

TEST_F(PollSource, StacksThatWereForgottenAreReadAgain) {
    const auto source = open();
    const auto first = all_of<SlotEvent>(walk(*source));
    EXPECT_EQ(all_of<SlotEvent>(walk(*source))[0].alloc_stack, first[0].alloc_stack);
    source->names().forget_stacks([](StackId) { return false; });
    // Their ids go to others now, in another order.
    const std::vector<std::string> other = {"other+0x1/0x2"};
    const StackId taken = source->names().stack(other);
    const auto again = all_of<SlotEvent>(walk(*source));
    EXPECT_NE(again[0].alloc_stack, taken);
    EXPECT_THAT(frames(*source, again[0].alloc_stack), ElementsAre("alloc_pipe_info+0x4c/0x1f0", "do_pipe2+0x2a/0xc0"));
    EXPECT_THAT(frames(*source, again[1].free_stack), ElementsAre("__fput+0xe1/0x2a0"));
}

TEST_F(PollSource, TheSameSlotWithAnotherObjectHasItsStack) {
    const auto source = open();
    walk(*source);
    std::string text = objects_text(2);
    text.replace(text.find("12.000345s"), 10, "14.000345s");
    text.replace(text.find("alloc_pipe_info"), 15, "alloc_nothing_0");
    root_.file(kObjectsPath, text);
    const auto slots = all_of<SlotEvent>(walk(*source));
    EXPECT_EQ(slots[0].allocated_at, 14'000'345'000U);
    EXPECT_EQ(frames(*source, slots[0].alloc_stack).front(), "alloc_nothing_0+0x4c/0x1f0");
}

TEST_F(PollSource, AnObjectFreedBetweenWalksKeepsItsIdentity) {
    const auto source = open();
    const auto before = all_of<SlotEvent>(walk(*source));
    std::string text = objects_text(2);
    text.insert(text.find(kLine), "\nfreed by task 9 on cpu 1 at 14.900000s (0.100445s ago):\n gone+0x1/0x2\n");
    root_.file(kObjectsPath, text);
    const auto after = all_of<SlotEvent>(walk(*source));
    EXPECT_EQ(after[0].state, SlotState::kFreed);
    EXPECT_EQ(after[0].allocated_at, before[0].allocated_at);
    EXPECT_EQ(after[0].alloc_stack, before[0].alloc_stack);
    EXPECT_EQ(after[0].freed_at, 14'900'000'000U);
    EXPECT_THAT(frames(*source, after[0].free_stack), ElementsAre("gone+0x1/0x2"));
}

// Linux 5.12 to 5.15 print no times.
std::string timeless(std::string_view tail = {}) {
    return "kfence-#0 [0x1-0x2, size=32, cache=kmalloc-32] allocated by task 507:\n a+0x1/0x2\n" + std::string(tail) +
           std::string(kLine);
}

TEST_F(PollSource, WithoutTimesAnObjectIsAsOldAsTheToolHasSeenIt) {
    root_.file(kObjectsPath, timeless());
    const auto source = open();
    const KernelNs first = all_of<SlotEvent>(walk(*source))[0].allocated_at;
    EXPECT_EQ(first, mono_);
    mono_ += kSecond;
    EXPECT_EQ(all_of<SlotEvent>(walk(*source))[0].allocated_at, first) << "still the same";

    root_.file(kObjectsPath, timeless("\nfreed by task 508:\n b+0x1/0x2\n"));
    mono_ += kSecond;
    const SlotEvent freed = all_of<SlotEvent>(walk(*source))[0];
    EXPECT_EQ(freed.allocated_at, first);
    EXPECT_EQ(freed.freed_at, mono_);
    mono_ += kSecond;
    EXPECT_EQ(all_of<SlotEvent>(walk(*source))[0].freed_at, freed.freed_at);

    root_.file(kObjectsPath, timeless());
    mono_ += kSecond;
    EXPECT_EQ(all_of<SlotEvent>(walk(*source))[0].allocated_at, mono_) << "allocated again, and looks the same";
}

TEST_F(PollSource, HostileNamesAreMadeHarmless) {
    const auto source = open();
    root_.file(kObjectsPath, "kfence-#0: 0x1-0x2, size=32, cache=\x1b[31mred\xff\n\n"
                             "allocated by task 1 on cpu 0 at 1.000000s (1.000000s ago):\n evil\x07+0x1/0x2\n" +
                                 std::string(kLine));
    const SlotEvent slot = all_of<SlotEvent>(walk(*source))[0];
    EXPECT_EQ(source->names().cache_name(slot.cache), "\\x1b[31mred\\xff");
    EXPECT_THAT(frames(*source, slot.alloc_stack), ElementsAre("evil\\x07+0x1/0x2"));
}

TEST_F(PollSource, EachObstacleHasItsRemedy) {
    turn_off(root_);
    const auto off = open_poll_source(root_.root());
    ASSERT_FALSE(off);
    EXPECT_EQ(off.error().kind, ErrorKind::kUnsupported);
    EXPECT_THAT(off.error().message, HasSubstr("echo 100 > /sys/module/kfence/parameters/sample_interval"));

    root_.file("/proc/self/mounts", "proc /proc proc rw 0 0\n");
    EXPECT_THAT(open_poll_source(root_.root()).error().message, HasSubstr("mount -t debugfs"));

    root_.file(kStatsPath, "enabled: 1\n");
    root_.mode("/sys/kernel/debug", 0);
    const WithoutRoot plain;
    EXPECT_THAT(open_poll_source(root_.root()).error().message, HasSubstr("run as root"));
}

} // namespace
} // namespace kfence::test
