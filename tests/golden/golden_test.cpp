// SPDX-License-Identifier: Apache-2.0
// The whole screen of the fixed snapshot against text files.
#include <string>

#include <gtest/gtest.h>

#include "fixed_snapshot.h"
#include "golden.h"
#include "tools/top/keys.h"
#include "view/overview.h"
#include "view/text.h"

namespace kfence {
namespace {

using test::expect_golden;

class GoldenScreen : public testing::Test {
protected:
    [[nodiscard]] std::string draw(ViewOptions options) {
        options.keys = keys_;
        return render_overview(fixed_.input(), options).text();
    }
    static ViewOptions at(int width, int height, bool utf8 = true) {
        ViewOptions options;
        options.width = width;
        options.height = height;
        options.utf8 = utf8;
        return options;
    }

    FixedSnapshot fixed_;
    std::vector<KeyHelp> keys_ = key_help();
};

TEST_F(GoldenScreen, Sizes) {
    expect_golden("overview-110x34", draw(at(110, 34)));
    expect_golden("overview-80x24", draw(at(80, 24)));
    expect_golden("overview-200x60", draw(at(200, 60)));
    expect_golden("overview-20x5", draw(at(20, 5)));
}

TEST_F(GoldenScreen, PlainCharacters) {
    expect_golden("overview-110x34-ascii", draw(at(110, 34, false)));
    expect_golden("overview-80x24-ascii", draw(at(80, 24, false)));
}

TEST_F(GoldenScreen, Help) {
    ViewOptions options = at(110, 34);
    options.help = true;
    expect_golden("help-110x34", draw(options));
}

TEST_F(GoldenScreen, FilterPausedScrolled) {
    ViewOptions options = at(110, 34);
    options.paused = true;
    options.place.filter = Filter("^kmalloc");
    options.place.sort = SortKey::kName;
    options.place.scroll = 3;
    expect_golden("filter-110x34", draw(options));
}

TEST_F(GoldenScreen, EverythingWrong) {
    Snapshot& s = fixed_.snapshot;
    s.losses.by_cause[static_cast<std::size_t>(LossCause::kRingFull)] = 12;
    s.drift.allocs = 1;
    s.pool.allocated = s.pool.objects;
    s.pool.free = 0;
    s.pool.zombies = 40;
    s.pool.usage = 1;
    s.full_in_s.reset();
    expect_golden("wrong-110x34", draw(at(110, 34)));
    expect_golden("wrong-20x5", draw(at(20, 5)));
}

TEST_F(GoldenScreen, Off) {
    fixed_.snapshot = Snapshot{};
    fixed_.snapshot.settings.sample_interval_ms = 0;
    expect_golden("off-80x24", draw(at(80, 24)));
}

TEST_F(GoldenScreen, BatchText) {
    TextOptions options;
    options.width = 100;
    expect_golden("text-100", render_text(fixed_.input(), options));
}

} // namespace
} // namespace kfence
