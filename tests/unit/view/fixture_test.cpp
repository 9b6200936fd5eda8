// SPDX-License-Identifier: Apache-2.0
// The fixture source, under the real session and model.
#include "source/fixture_source.h"

#include <gtest/gtest.h>

#include "tools/common/session.h"

namespace kfence {
namespace {

constexpr const char* kScript = R"(host=h\x1b kernel=k # a comment
start 1h
step 1s
objects 10
settings interval=100 thresh=75 burst=0
base allocs=100 bugs=1
stack s foo+0x1/0x2 bar+0x3/0x4\s[mod]
live 3 cache=dentry size=192 stack=s youngest=1ms oldest=10m
stream every=100ms hold=150ms cache=kmalloc-64 size=64 stack=s
at 3s report type=out-of-bounds access=write cache=dentry size=8 age=5ms stack=s alloc=s
at 4s settings interval=0
)";

std::unique_ptr<Session> play(const char* text) {
    auto script = parse_fixture(text);
    EXPECT_TRUE(script) << script.error().message;
    auto session = std::make_unique<Session>(std::make_unique<FixtureSource>(*script));
    EXPECT_TRUE(session->start());
    return session;
}

TEST(Fixture, PlaysThroughTheModelWithoutDrift) {
    const auto session = play(kScript);
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(session->refresh());
        const Snapshot s = session->model().snapshot();
        EXPECT_FALSE(s.drift.any());
        EXPECT_EQ(s.counters->allocated, s.pool.allocated);
    }
    const Snapshot s = session->model().snapshot();
    EXPECT_EQ(s.pool.objects, 10U);
    EXPECT_EQ(s.reports_total, 2U);
    ASSERT_EQ(s.reports.size(), 1U);
    EXPECT_EQ(s.reports[0].object_age_ns, 5'000'000U);
    EXPECT_EQ(session->source().info().host, "h\\x1b");
    EXPECT_EQ(session->source().info().backend, "fixture");
}

TEST(Fixture, CanBeSwitchedOff) {
    const auto session = play(kScript);
    for (int i = 0; i < 8; ++i) {
        ASSERT_TRUE(session->refresh());
    }
    EXPECT_FALSE(session->model().snapshot().enabled);
}

TEST(Fixture, FailsWhenItIsToldTo) {
    const auto session = play("start 1s\nobjects 4\nat 2s fail message=gone\\saway\n");
    Result<void> r;
    for (int i = 0; i < 5 && r; ++i) {
        r = session->refresh();
    }
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error().message, "gone away");
}

TEST(Fixture, ErrorsNameTheLine) {
    for (const char* bad : {"start", "start 5", "nonsense 1", "live 3 cache=a stack=none", "at 1s explode",
                            "objects 70000", "stream every=1s", "objects 4 \nstack x"}) {
        const auto script = parse_fixture(bad);
        ASSERT_FALSE(script) << bad;
        EXPECT_NE(script.error().message.find(" of the fixture makes no sense"), std::string::npos);
    }
    EXPECT_EQ(parse_fixture("objects 4\n\nx 1").error().message, "line 3 of the fixture makes no sense");
}

} // namespace
} // namespace kfence
