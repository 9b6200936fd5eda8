// SPDX-License-Identifier: Apache-2.0
// --since and --until.
#include "tools/trace/summary_window.h"

#include "trace_story.h"

namespace kfence {
namespace {

using test::at;

std::optional<std::int64_t> date(const std::string& text) {
    const auto moment = parse_moment("--since", text);
    return moment && moment->kind == Moment::Kind::kDate ? std::optional(moment->ns) : std::nullopt;
}

TEST(ParseMoment, Dates) {
    constexpr std::int64_t kDay = 1'795'305'600'000'000'000; // 2026-11-22
    constexpr std::int64_t kMinute = 60'000'000'000;
    EXPECT_EQ(date("2026-11-22"), kDay);
    EXPECT_EQ(date("2026-11-22 08:00"), kDay + 480 * kMinute);
    EXPECT_EQ(date("2026-11-22T08:00:30.25Z"), kDay + 480 * kMinute + 30'250'000'000);
    EXPECT_EQ(date("2026-11-22 08:00:00+01:30"), kDay + 390 * kMinute);
    EXPECT_EQ(date("2026-11-22 08:00-0100"), kDay + 540 * kMinute);
    for (const char* wrong : {"", "2026", "2026-11", "2026-13-01", "2026-02-30", "2026-11-22 8:00", "2026-11-22 24:00",
                              "2026-11-22 08:60", "2026-11-22 08:00 x", "2026-11-22 08", "10m", "1969-12-31"}) {
        EXPECT_FALSE(parse_moment("--since", wrong)) << wrong;
    }
}

TEST(ParseMoment, Lengths) {
    const auto ns = [](const std::string& text) {
        const auto moment = parse_moment("--since", text);
        return moment ? moment->ns : -1;
    };
    EXPECT_EQ(ns("+90s"), 90'000'000'000);
    EXPECT_EQ(ns("-1.5h"), 5'400'000'000'000);
    EXPECT_EQ(ns("+250ms"), 250'000'000);
    EXPECT_EQ(ns("+2d"), 172'800'000'000'000);
    for (const char* wrong : {"+", "-", "+90", "+s", "+1w", "+-1s", "+1e3s", "+nans", "+99999999999d", "+1s "}) {
        EXPECT_EQ(ns(wrong), -1) << wrong;
    }
    const auto error = parse_moment("--until", "+1w");
    ASSERT_FALSE(error);
    EXPECT_EQ(error.error().kind, ErrorKind::kUsage);
    EXPECT_TRUE(error.error().message.starts_with("--until +1w: must be"));
}

class TraceWindow : public test::TraceStory {
protected:
    std::optional<Window> choose(const WindowWish& wish) {
        writer_.reset();
        auto file = TraceFile::open(path_);
        const auto recorded = recorded_windows(*file);
        return choose_window(*file, 1, recorded->at(0), wish);
    }
};

TEST_F(TraceWindow, ARecordingThatWasCutOffEndsWithItsLastRow) {
    write({pool(10), alloc(101, 0), end(101, 0, 107)});
    ASSERT_TRUE(writer_->commit());
    const auto window = choose({});
    ASSERT_TRUE(window);
    EXPECT_EQ(window->since, at(100));
    EXPECT_EQ(window->until, at(107));
}

TEST_F(TraceWindow, ATrimmedRecordingBeginsWithWhatIsLeft) {
    write({pool(10, 5000), alloc(5001, 0)});
    ASSERT_TRUE(writer_->commit());
    const auto window = choose({});
    ASSERT_TRUE(window);
    EXPECT_EQ(window->since, at(5000));
    EXPECT_EQ(window->until, at(5001));
}

TEST_F(TraceWindow, PartsOfIt) {
    write({pool(10), alloc(120, 0)});
    ASSERT_TRUE(writer_->commit());
    // The recording begins at 1700000000 of Unix time, which is second 100 of the kernel.
    const Moment date{.kind = Moment::Kind::kDate, .ns = 1'700'000'005'000'000'000};
    auto window = choose({.since = date, .until = std::nullopt});
    ASSERT_TRUE(window);
    EXPECT_EQ(window->since, at(105));
    EXPECT_EQ(window->until, at(120));
    window =
        choose({.since = test::after_start(3), .until = Moment{.kind = Moment::Kind::kBeforeEnd, .ns = 4'000'000'000}});
    ASSERT_TRUE(window);
    EXPECT_EQ(window->since, at(103));
    EXPECT_EQ(window->until, at(116));
    EXPECT_FALSE(choose({.since = test::after_start(30), .until = std::nullopt})) << "it is shorter than that";
    EXPECT_FALSE(choose({.since = test::after_start(9), .until = test::after_start(8)}));
    EXPECT_FALSE(choose({.since = std::nullopt, .until = Moment{.kind = Moment::Kind::kDate, .ns = 0}}));
}

TEST_F(TraceWindow, MachinesThatWereNotRecordedThenAreLeftOut) {
    MachineInfo other = test::machine("db-3");
    other.started = {.kernel = at(500), .unix_ns = 1'800'000'000'000'000'000};
    ASSERT_EQ(writer_->add_machine(other).value_or(0), 2);
    write({pool(10), alloc(109, 0)});
    ASSERT_TRUE(writer_->write(std::vector<Event>{pool(20, 500), alloc(501, 0)}, written_, 2));
    ASSERT_TRUE(writer_->commit());
    writer_.reset();
    auto file = TraceFile::open(path_);
    ASSERT_TRUE(file);
    SummaryWish wish;
    const auto both = summarize(*file, wish, names_);
    ASSERT_TRUE(both);
    ASSERT_EQ(both->size(), 2U);
    EXPECT_EQ((*both)[1].info.source.host, "db-3");
    EXPECT_EQ((*both)[1].pool.objects, 20U);
    wish.window.since = Moment{.kind = Moment::Kind::kDate, .ns = 1'750'000'000'000'000'000};
    const auto one = summarize(*file, wish, names_);
    ASSERT_TRUE(one);
    ASSERT_EQ(one->size(), 1U);
    EXPECT_EQ((*one)[0].machine, 2);
    wish.machine = 1;
    const auto none = summarize(*file, wish, names_);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::kUsage);
}

} // namespace
} // namespace kfence
