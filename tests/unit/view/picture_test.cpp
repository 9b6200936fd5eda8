// SPDX-License-Identifier: Apache-2.0
#include "tools/top/picture.h"

#include <gtest/gtest.h>

#include "source/fixture_source.h"
#include "view/alerts.h"

namespace kfence {
namespace {

// Allocations for two seconds, then none.
constexpr const char* kStops = R"(start 1h
objects 100
settings interval=10 thresh=75 burst=0
stack s foo+0x1/0x2
stream every=100ms hold=50ms cache=c size=8 stack=s until=2s
)";

TEST(Camera, NoticesThatTheGateIsNotUsed) {
    Session session(std::make_unique<FixtureSource>(*parse_fixture(kStops)));
    ASSERT_TRUE(session.start());
    Camera camera(session);
    Picture picture = camera.take();
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(session.refresh());
        picture = camera.take();
        EXPECT_LT(picture.silent_s, 5);
        EXPECT_TRUE(alerts(input_of(picture, session)).empty());
    }
    for (int i = 0; i < 8; ++i) {
        ASSERT_TRUE(session.refresh());
        picture = camera.take();
    }
    EXPECT_GT(picture.silent_s, 5);
    EXPECT_EQ(alerts(input_of(picture, session)), std::vector<std::string>{"NOT SAMPLING"});
}

TEST(Conclude, LossesMakeTheExitCode) {
    Losses losses;
    EXPECT_EQ(conclude(losses, true), 0);
    losses.by_cause[0] = 1;
    EXPECT_EQ(conclude(losses, false), 0);
    EXPECT_EQ(conclude(losses, true), 4);
}

} // namespace
} // namespace kfence
