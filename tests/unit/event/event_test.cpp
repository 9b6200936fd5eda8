// SPDX-License-Identifier: Apache-2.0
#include "event/event.h"

#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace kfence {
namespace {

template <typename Enum> void expect_distinct(std::size_t count) {
    std::set<std::string_view> texts;
    for (std::size_t i = 0; i < count; ++i) {
        texts.insert(to_string(static_cast<Enum>(i)));
    }
    EXPECT_EQ(texts.size(), count);
}

TEST(EventText, EveryValueHasItsOwn) {
    expect_distinct<SkipReason>(kSkipReasonCount);
    expect_distinct<ReportType>(kReportTypeCount);
    expect_distinct<LossCause>(kLossCauseCount);
    expect_distinct<SlotState>(5);
    expect_distinct<Access>(3);
}

TEST(EventText, IsWhatTheContractsName) {
    EXPECT_EQ(to_string(SkipReason::kCapacity), "capacity");
    EXPECT_EQ(to_string(SkipReason::kQuota), "quota");
    EXPECT_EQ(to_string(ReportType::kUseAfterFree), "use-after-free");
    EXPECT_EQ(to_string(ReportType::kInvalidFree), "invalid free");
    EXPECT_EQ(to_string(Access::kNone), "");
    EXPECT_EQ(to_string(Access::kWrite), "write");
    EXPECT_EQ(to_string(SlotState::kZombie), "zombie");
    EXPECT_EQ(to_string(LossCause::kRingFull), "ring_full");
    EXPECT_EQ(to_string(LossCause::kWalk), "walk");
}

TEST(EventText, AValueOutOfRangeIsUnknown) {
    EXPECT_EQ(to_string(static_cast<ReportType>(250)), "unknown");
    EXPECT_EQ(to_string(static_cast<SlotState>(250)), "unknown");
}

} // namespace
} // namespace kfence
