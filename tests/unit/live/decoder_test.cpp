// SPDX-License-Identifier: Apache-2.0
#include "live/decoder.h"

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "kfence_abi.h"

namespace kfence {
namespace {

/// What BPF sends: the record up to the last frame of its stack.
template <typename Record> std::vector<std::byte> bytes_of(const Record& record, std::size_t size) {
    std::vector<std::byte> bytes(size);
    std::memcpy(bytes.data(), &record, size);
    return bytes;
}

kf_header header(kf_kind kind, std::size_t size, std::uint64_t mono_ns) {
    return {.kind = static_cast<kf_u16>(kind),
            .version = KF_ABI_VERSION,
            .size = static_cast<kf_u32>(size),
            .mono_ns = mono_ns};
}

std::vector<std::byte> alloc_record(std::uint32_t slot, const std::string& cache, std::vector<std::uint64_t> stack) {
    kf_alloc raw{};
    const std::size_t size = offsetof(kf_alloc, stack) + stack.size() * sizeof(kf_u64);
    raw.h = header(KF_ALLOC, size, 2000);
    raw.allocated_at = 1500;
    raw.slot = slot;
    raw.object_size = 192;
    raw.task = {.pid = 11, .tgid = 10, .cgroup = 7, .comm = "cat", .cpu = 1, .pid_ns = 4026531836};
    cache.copy(raw.cache, sizeof(raw.cache));
    raw.nr_stack = static_cast<kf_u32>(stack.size());
    std::copy(stack.begin(), stack.end(), raw.stack);
    return bytes_of(raw, size);
}

class DecoderTest : public testing::Test {
protected:
    template <typename T> const T& only() {
        EXPECT_EQ(out_.size(), 1U);
        return std::get<T>(out_.at(0));
    }
    std::string top_frame(StackId id) {
        const Stack& stack = names_.stack_of(id);
        return stack.frames.empty() ? "" : names_.frame(stack, 0);
    }

    Names names_;
    Decoder decoder_{names_, [](std::uint64_t address) { return fmt::format("f{}+0x0/0x1", address); }};
    EventBatch out_;
};

TEST_F(DecoderTest, AnAllocationIsWhatKfenceNoted) {
    ASSERT_TRUE(decoder_.decode(alloc_record(5, "dentry", {1, 2, 3}), out_));
    const auto& event = only<AllocEvent>();
    EXPECT_EQ(event.time, 1500U);
    EXPECT_EQ(event.slot, 5U);
    EXPECT_EQ(event.size, 192U);
    EXPECT_EQ(names_.cache_name(event.cache), "dentry");
    EXPECT_EQ(names_.stack_of(event.stack).frames.size(), 3U);
    EXPECT_EQ(event.task.pid, 11);
    EXPECT_EQ(event.task.tgid, 10);
    EXPECT_EQ(event.task.cgroup, 7U);
    EXPECT_EQ(event.task.pid_ns, 4026531836U);
    EXPECT_STREQ(event.task.comm.data(), "cat");
    EXPECT_EQ(event.task.cpu, 1);
}

TEST_F(DecoderTest, ACacheNameThatFillsItsFieldHasNoNul) {
    ASSERT_TRUE(decoder_.decode(alloc_record(5, std::string(KF_CACHE_LEN, 'x'), {1}), out_));
    EXPECT_EQ(names_.cache_name(only<AllocEvent>().cache), std::string(KF_CACHE_LEN, 'x'));
}

TEST_F(DecoderTest, AHostileCacheNameIsMadeHarmless) {
    ASSERT_TRUE(decoder_.decode(alloc_record(5, "a\x1b[2Jb\xff", {1}), out_));
    EXPECT_EQ(names_.cache_name(only<AllocEvent>().cache), "a\\x1b[2Jb\\xff");
}

kf_free free_of(kf_kind kind, std::uint64_t time) {
    kf_free raw{};
    raw.h = header(kind, offsetof(kf_free, stack) + sizeof(kf_u64), 9000);
    raw.time = time;
    raw.allocated_at = 1500;
    raw.slot = 6;
    raw.rcu_deferred = 1;
    raw.nr_stack = 1;
    raw.stack[0] = 77;
    return raw;
}

TEST_F(DecoderTest, AFreeNamesTheAllocationThatItEnds) {
    const kf_free raw = free_of(KF_FREE, 8000);
    ASSERT_TRUE(decoder_.decode(bytes_of(raw, raw.h.size), out_));
    const auto& event = only<FreeEvent>();
    EXPECT_EQ(event.time, 8000U);
    EXPECT_EQ(event.allocated_at, 1500U);
    EXPECT_EQ(event.slot, 6U);
    EXPECT_TRUE(event.rcu_deferred);
    EXPECT_EQ(top_frame(event.stack), "f77+0x0/0x1");
}

TEST_F(DecoderTest, AFreeWithoutATimeTakesThatOfItsRecordInTheKernelsClock) {
    ASSERT_TRUE(decoder_.decode(alloc_record(5, "dentry", {1}), out_)); // local_clock() is 500 ns behind
    out_.clear();
    const kf_free raw = free_of(KF_FREE, 0);
    ASSERT_TRUE(decoder_.decode(bytes_of(raw, raw.h.size), out_));
    EXPECT_EQ(only<FreeEvent>().time, 8500U);
}

TEST_F(DecoderTest, DeferredFreesAndZombiesAreToldApart) {
    kf_free raw = free_of(KF_RCU_FREEING, 8000);
    ASSERT_TRUE(decoder_.decode(bytes_of(raw, raw.h.size), out_));
    raw = free_of(KF_ZOMBIE, 0);
    ASSERT_TRUE(decoder_.decode(bytes_of(raw, raw.h.size), out_));
    EXPECT_EQ(std::get<RcuFreeingEvent>(out_.at(0)).allocated_at, 1500U);
    EXPECT_EQ(std::get<ZombieEvent>(out_.at(1)).slot, 6U);
}

TEST_F(DecoderTest, ASkipHasItsReason) {
    kf_skip raw{};
    raw.h = header(KF_SKIP, sizeof(raw), 1);
    raw.reason = KF_SKIP_CAPACITY;
    raw.object_size = 64;
    ASSERT_TRUE(decoder_.decode(bytes_of(raw, sizeof(raw)), out_));
    EXPECT_EQ(only<SkipEvent>().reason, SkipReason::kCapacity);
    raw.reason = KF_SKIP_REASONS;
    EXPECT_FALSE(decoder_.decode(bytes_of(raw, sizeof(raw)), out_));
}

kf_report report_of(ReportType type) {
    kf_report raw{};
    raw.h = header(KF_REPORT, sizeof(raw), 5000);
    raw.address = 0x1020;
    raw.object = 0x1000;
    raw.slot = 9;
    raw.object_size = 32;
    raw.type = static_cast<kf_u32>(type);
    raw.nr_stack = 3;
    raw.stack[0] = 100; // kfence_report_error and what handled the fault
    raw.stack[1] = 200; // the culprit
    raw.stack[2] = 300;
    raw.alloc.ts_nsec = 1000;
    raw.alloc.nr_stack = 1;
    raw.alloc.stack[0] = 400;
    return raw;
}

TEST_F(DecoderTest, AFaultsStackBeginsWhereItHappened) {
    kf_report raw = report_of(ReportType::kOutOfBounds);
    raw.access_ip = 200;
    raw.is_write = 1;
    ASSERT_TRUE(decoder_.decode(bytes_of(raw, sizeof(raw)), out_));
    const auto& event = only<ReportEvent>();
    EXPECT_EQ(event.type, ReportType::kOutOfBounds);
    EXPECT_EQ(event.access, Access::kWrite);
    EXPECT_EQ(event.offset, 32);
    EXPECT_EQ(event.slot, 9U);
    EXPECT_EQ(top_frame(event.access_stack), "f200+0x0/0x1");
    EXPECT_EQ(top_frame(event.alloc_stack), "f400+0x0/0x1");
    EXPECT_EQ(event.freed_at, 0U);
}

TEST_F(DecoderTest, AFaultWhoseStackWasNotUnwoundThatFarKeepsItsInstruction) {
    kf_report raw = report_of(ReportType::kUseAfterFree);
    raw.access_ip = 999;
    ASSERT_TRUE(decoder_.decode(bytes_of(raw, sizeof(raw)), out_));
    EXPECT_EQ(top_frame(only<ReportEvent>().access_stack), "f999+0x0/0x1");
    EXPECT_EQ(only<ReportEvent>().access, Access::kRead);
}

TEST_F(DecoderTest, ACorruptionHasNoAccess) {
    ASSERT_TRUE(decoder_.decode(bytes_of(report_of(ReportType::kCorruption), sizeof(kf_report)), out_));
    EXPECT_EQ(only<ReportEvent>().access, Access::kNone);
}

TEST_F(DecoderTest, AReportWithoutAnObjectHasNoOffset) {
    kf_report raw = report_of(ReportType::kInvalid);
    raw.slot = kNoSlot;
    ASSERT_TRUE(decoder_.decode(bytes_of(raw, sizeof(raw)), out_));
    EXPECT_EQ(only<ReportEvent>().slot, kNoSlot);
    EXPECT_EQ(only<ReportEvent>().offset, 0);
}

std::vector<std::byte> slot_record(kf_state state, bool off_freelist, const std::string& cache, std::size_t frames) {
    kf_slot raw{};
    const std::size_t size = offsetof(kf_slot, alloc) + offsetof(kf_track, stack) + frames * sizeof(kf_u64);
    raw.h = header(KF_SLOT, size, 1);
    raw.slot = 3;
    raw.state = state;
    raw.off_freelist = off_freelist ? 1 : 0;
    raw.alloc.ts_nsec = 42;
    raw.alloc.nr_stack = 2;
    cache.copy(raw.cache, sizeof(raw.cache));
    return bytes_of(raw, size);
}

TEST_F(DecoderTest, ASlotsStateIsReadFromItsMetadata) {
    ASSERT_TRUE(decoder_.decode(slot_record(KF_STATE_ALLOCATED, true, "dentry", 2), out_));
    ASSERT_TRUE(decoder_.decode(slot_record(KF_STATE_RCU_FREEING, true, "dentry", 2), out_));
    ASSERT_TRUE(decoder_.decode(slot_record(KF_STATE_FREED, false, "dentry", 0), out_));
    ASSERT_TRUE(decoder_.decode(slot_record(KF_STATE_FREED, true, "", 0), out_));
    // On its way to the freelist: its cache is still there.
    ASSERT_TRUE(decoder_.decode(slot_record(KF_STATE_FREED, true, "dentry", 0), out_));
    ASSERT_TRUE(decoder_.decode(slot_record(KF_STATE_BUSY, false, "", 0), out_));
    const std::vector<SlotState> wanted{SlotState::kAllocated, SlotState::kRcuFreeing, SlotState::kFreed,
                                        SlotState::kZombie,    SlotState::kFreed,      SlotState::kBusy};
    for (std::size_t i = 0; i < wanted.size(); i++) {
        EXPECT_EQ(std::get<SlotEvent>(out_.at(i)).state, wanted[i]) << i;
    }
    EXPECT_EQ(std::get<SlotEvent>(out_.at(0)).allocated_at, 42U);
}

TEST_F(DecoderTest, WhatIsNotUnderstoodIsCountedAndNothingElse) {
    auto record = alloc_record(5, "dentry", {1, 2, 3});
    EXPECT_FALSE(decoder_.decode({}, out_));
    EXPECT_FALSE(decoder_.decode(std::span(record).first(record.size() - 1), out_)); // shorter than it says
    auto wrong = record;
    wrong[0] = std::byte{99}; // kind
    EXPECT_FALSE(decoder_.decode(wrong, out_));
    wrong = record;
    wrong[2] = std::byte{99}; // version
    EXPECT_FALSE(decoder_.decode(wrong, out_));
    wrong = record;
    wrong[offsetof(kf_alloc, nr_stack)] = std::byte{4}; // a frame more than there is
    EXPECT_FALSE(decoder_.decode(wrong, out_));
    wrong[offsetof(kf_alloc, nr_stack)] = std::byte{200};
    EXPECT_FALSE(decoder_.decode(wrong, out_));
    EXPECT_TRUE(out_.empty());
    EXPECT_EQ(decoder_.take_undecodable(), 6U);
    EXPECT_EQ(decoder_.take_undecodable(), 0U);
}

TEST_F(DecoderTest, RandomBytesNeverHarm) {
    std::mt19937 random(1);
    std::uint64_t refused = 0;
    for (int i = 0; i < 20'000; i++) {
        auto record = i % 2 == 0 ? alloc_record(5, "dentry", {1, 2, 3}) : slot_record(KF_STATE_ALLOCATED, true, "x", 2);
        for (int flips = 0; flips < 4; flips++) {
            record[random() % record.size()] = static_cast<std::byte>(random());
        }
        record.resize(random() % (record.size() + 1));
        refused += decoder_.decode(record, out_) ? 0 : 1;
    }
    EXPECT_EQ(decoder_.take_undecodable(), refused);
    EXPECT_EQ(out_.size() + refused, 20'000U);
}

TEST(ClockOffsetTest, TheShortestDelayIsTheBestEstimate) {
    ClockOffset clock;
    EXPECT_FALSE(clock.known());
    EXPECT_EQ(clock.to_kernel(100), 100U);
    clock.add(1000, 5000); // 4000 behind, or less and a delay
    clock.add(2000, 5500);
    clock.add(2100, 6600);
    EXPECT_TRUE(clock.known());
    EXPECT_EQ(clock.to_kernel(10'000), 6500U);
}

TEST(ClockOffsetTest, AnOffsetThatDriftsIsFollowed) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    ClockOffset clock;
    for (std::uint64_t t = 1; t < 100; t++) {
        clock.add(t * kSecond - t * 100'000, t * kSecond); // 100 us slower each second
    }
    const std::uint64_t now = 100 * kSecond;
    const auto error = static_cast<std::int64_t>(clock.to_kernel(now)) - static_cast<std::int64_t>(now - 100 * 100'000);
    EXPECT_LT(std::abs(error), 2'100'000);
}

TEST(ClockOffsetTest, TheKernelsClockMayBeAhead) {
    ClockOffset clock;
    clock.add(7000, 5000);
    EXPECT_EQ(clock.to_kernel(6000), 8000U);
}

TEST(ClockOffsetTest, RecordsInTheWrongOrderStartNoNewWindow) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    ClockOffset clock;
    clock.add(20 * kSecond - 100, 20 * kSecond); // the best pair
    for (std::uint64_t late = 1; late <= 4; late++) {
        clock.add(20 * kSecond - late - 5000, 20 * kSecond - late);
    }
    EXPECT_EQ(clock.to_kernel(21 * kSecond), 21 * kSecond - 100);
}

TEST(SteadyClockTest, NeverGoesBack) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    ClockOffset offset;
    SteadyClock clock;
    EXPECT_EQ(clock.reach(offset, 90 * kSecond), 90 * kSecond);
    EXPECT_EQ(clock.reach(offset, 80 * kSecond), 80 * kSecond) << "nothing is known yet";
    offset.add(20 * kSecond, 20 * kSecond);
    EXPECT_EQ(clock.reach(offset, 21 * kSecond), 21 * kSecond);
    offset.add(31 * kSecond - 500, 31 * kSecond);
    offset.add(42 * kSecond - 500, 42 * kSecond); // two windows later the first pair is forgotten
    EXPECT_EQ(offset.to_kernel(43 * kSecond), 43 * kSecond - 500);
    EXPECT_EQ(clock.reach(offset, 43 * kSecond), 43 * kSecond - 500);
    EXPECT_EQ(clock.reach(offset, 43 * kSecond - 10), 43 * kSecond - 500);
}

} // namespace
} // namespace kfence
