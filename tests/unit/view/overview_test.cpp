// SPDX-License-Identifier: Apache-2.0
#include "view/overview.h"

#include <algorithm>
#include <initializer_list>

#include <gtest/gtest.h>

#include "fixed_snapshot.h"
#include "view/alerts.h"
#include "view/panels.h"
#include "view/text.h"
#include "view/width.h"

namespace kfence {
namespace {

constexpr int kMaxWidth = 250;
constexpr int kMaxHeight = 80;

ViewOptions at(int width, int height) {
    ViewOptions options;
    options.width = width;
    options.height = height;
    return options;
}

void make_hostile(FixedSnapshot& fixed) {
    Snapshot& s = fixed.snapshot;
    for (CacheUse& use : s.caches) {
        use.allocs = UINT64_MAX;
        use.age_p99_ns = UINT64_MAX;
        use.alloc_rate = 1e18;
    }
    s.caches[0].cache = fixed.names.cache("\x1b[2J\xff日本語日本語日本語日本語日本語日本語日本語");
    s.stacks[0].cache = s.caches[0].cache;
    s.reports[0].report.cache = s.caches[0].cache;
    s.losses.by_cause.fill(UINT64_MAX / 8);
    s.drift.allocs = INT64_MIN;
    s.rates.actual = 1e300;
}

// Each size, or those around which something changes: enough for a content that is unusual, or under a sanitizer.
enum class Sizes { kAll, kSome };

bool is_telling(int width, int height) {
    const auto edge = [](int value, std::initializer_list<int> edges) {
        return std::ranges::any_of(edges, [value](int e) { return value >= e - 1 && value <= e + 1; });
    };
    return edge(height, {2, 5, kMinHeight, kMaxHeight - 1}) &&
           (edge(width, {2, 20, kMinWidth, 110, 120, 249}) || width % 9 == 0);
}

#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsSlow = true;
#else
constexpr bool kIsSlow = false;
#endif

void expect_fits(const Screen& screen, const ViewOptions& options) {
    ASSERT_EQ(screen.width(), options.width);
    for (int y = 0; y < screen.height(); ++y) {
        ASSERT_LE(display_width(screen.row(y)), options.width) << options.width << "x" << options.height;
    }
    ASSERT_NE(screen.row(0), "") << options.width << "x" << options.height;
}

void expect_sizes_fit(const FixedSnapshot& fixed, ViewOptions options, Sizes sizes) {
    for (options.width = 1; options.width <= kMaxWidth; ++options.width) {
        for (options.height = 1; options.height <= kMaxHeight; ++options.height) {
            if ((sizes == Sizes::kAll && !kIsSlow) || is_telling(options.width, options.height)) {
                expect_fits(render_overview(fixed.input(), options), options);
            }
        }
    }
}

TEST(Overview, EverySizeFits) {
    expect_sizes_fit(FixedSnapshot(), at(0, 0), Sizes::kAll);
}

TEST(Overview, HostileContentFits) {
    FixedSnapshot fixed;
    make_hostile(fixed);
    ViewOptions options = at(0, 0);
    options.place.filter = Filter("日");
    options.message = "a message";
    options.place.scroll = SIZE_MAX;
    expect_sizes_fit(fixed, options, Sizes::kSome);
    options.help = true;
    expect_sizes_fit(fixed, options, Sizes::kSome);
}

TEST(Overview, AFilterThatIsNoExpressionIsMarked) {
    FixedSnapshot fixed;
    ViewOptions options = at(110, 34);
    options.place.filter = Filter("io-[");
    EXPECT_TRUE(render_overview(fixed.input(), options).row(33).starts_with("filter: io-[ (as text)   0 of"));
}

TEST(Overview, NothingKnownYet) {
    FixedSnapshot fixed;
    fixed.snapshot = Snapshot{};
    fixed.snapshot.enabled = true;
    expect_sizes_fit(fixed, at(0, 0), Sizes::kSome);
    EXPECT_EQ(render_overview(fixed.input(), at(80, 24)).row(1), "Pool  size not known yet");
}

TEST(Overview, WhatIsWrongComesFirst) {
    FixedSnapshot fixed;
    fixed.snapshot.losses.by_cause[0] = 12;
    for (const auto& [width, height] : {std::pair{110, 34}, {80, 24}, {20, 5}, {20, 1}}) {
        const Screen screen = render_overview(fixed.input(), at(width, height));
        EXPECT_TRUE(screen.row(0).starts_with(height > 5 ? " LOSS 12 " : "LOSS 12")) << screen.row(0);
        EXPECT_EQ(screen.at(2, 0).style, Style::kAlert);
    }
}

TEST(Overview, AlertsSayItInWords) {
    FixedSnapshot fixed;
    Snapshot& s = fixed.snapshot;
    EXPECT_TRUE(alerts(fixed.input()).empty());
    s.drift.frees = -2;
    s.pool.allocated = s.pool.objects;
    fixed.silent_s = 5; // 50 openings of the gate that nobody took
    EXPECT_EQ(alerts(fixed.input()), (std::vector<std::string>{"DRIFT frees -2", "NOT SAMPLING", "POOL FULL"}));
    fixed.silent_s = 4.9;
    s.drift = {};
    EXPECT_EQ(alerts(fixed.input()), (std::vector<std::string>{"POOL FULL"}));
    s.enabled = false;
    s.pool.allocated = 0;
    EXPECT_EQ(alerts(fixed.input()), (std::vector<std::string>{"KFENCE OFF"}));
    s.disabled_itself = true;
    EXPECT_EQ(alerts(fixed.input()), (std::vector<std::string>{"KFENCE SWITCHED ITSELF OFF"}));
}

TEST(Overview, DriftIsNotClaimedWhereNothingWasCompared) {
    EXPECT_EQ(describe_drift({}), "drift -");
    EXPECT_EQ(describe_drift({.allocated = 0, .allocs = 0, .frees = 0, .settled = true}), "drift 0");
    EXPECT_EQ(describe_drift({.allocated = 0, .allocs = 0, .frees = 0, .settled = false}), "drift ~0");
    EXPECT_EQ(describe_drift({.allocated = 1, .allocs = 0, .frees = -1, .settled = true}),
              "drift allocated +1 frees -1");
}

TEST(Overview, LossesByCause) {
    Losses losses;
    EXPECT_EQ(describe_causes(losses), "");
    losses.by_cause[static_cast<std::size_t>(LossCause::kRingFull)] = 3;
    losses.by_cause[static_cast<std::size_t>(LossCause::kWalk)] = 1;
    EXPECT_EQ(describe_causes(losses), "ring_full 3, walk 1");
    EXPECT_EQ(describe_loss(losses), "loss 4");
}

TEST(Overview, ScrollingEndsAtTheLastCache) {
    FixedSnapshot fixed;
    ViewOptions options = at(110, 30);
    options.place.sort = SortKey::kName;
    options.place.scroll = 1000;
    const Screen screen = render_overview(fixed.input(), options);
    EXPECT_TRUE(screen.row(28).starts_with("vm_area_struct")) << screen.row(28);
    EXPECT_EQ(cache_rows(110, 30), 12U);
    EXPECT_EQ(cache_rows(20, 5), 1U);
}

TEST(Overview, EveryLiveObjectIsInOneAgeRow) {
    const FixedSnapshot fixed;
    std::uint32_t total = 0;
    for (const AgeRow& row : age_rows(fixed.snapshot.ages)) {
        total += row.count;
    }
    EXPECT_EQ(total, fixed.snapshot.pool.allocated);
    EXPECT_EQ(age_rows({{1ULL << 20, 1}, {1ULL << 21, 2}, {1ULL << 24, 4}, {UINT64_MAX, 8}})[1].count, 6U);
    EXPECT_EQ(age_rows({{1ULL << 50, 1}, {UINT64_MAX, 8}}).back().count, 9U);
}

TEST(Overview, TextIsNoWiderThanAsked) {
    FixedSnapshot fixed;
    make_hostile(fixed);
    for (int width = 1; width <= kMaxWidth; width += kIsSlow ? 10 : 1) {
        TextOptions options;
        options.width = width;
        std::string text = render_text(fixed.input(), options);
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = text.find('\n', begin);
            ASSERT_LE(display_width(std::string_view(text).substr(begin, end - begin)), width);
            begin = end + 1;
        }
    }
}

} // namespace
} // namespace kfence
