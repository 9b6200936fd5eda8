// SPDX-License-Identifier: Apache-2.0
// Each view of the recording in tests/data, at the moment of its second bug, at three sizes.
#include <memory>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "golden.h"
#include "store/replay_source.h"
#include "tools/common/cgroup_names.h"
#include "tools/common/player.h"
#include "tools/common/session.h"
#include "tools/top/keys.h"
#include "tools/top/picture.h"
#include "view/views.h"

namespace kfence {
namespace {

class GoldenViews : public testing::Test {
protected:
    void SetUp() override {
        auto source = ReplaySource::open(TEST_SOURCE_DIR "/data/small.kfence", "");
        ASSERT_TRUE(source) << source.error().message;
        session_.emplace(std::move(*source));
        ASSERT_TRUE(session_->start());
        Player player(*session_);
        const Timeline& timeline = player.timeline();
        const auto first = timeline.next_report(timeline.begin());
        ASSERT_TRUE(first && timeline.next_report(*first));
        ASSERT_TRUE(player.go_to(*timeline.next_report(*first)));
        cgroups_.emplace(session_->source());
        picture_ = Camera(*session_).take(true);
    }

    [[nodiscard]] ViewInput input() {
        ViewInput out = input_of(picture_, *session_);
        out.cgroup_path = [this](std::uint64_t id) { return cgroups_->path(id); };
        return out;
    }
    [[nodiscard]] ViewOptions options(const Place& place, int width, int height, bool utf8 = true) {
        ViewOptions out;
        out.place = place;
        out.width = width;
        out.height = height;
        out.utf8 = utf8;
        out.paused = true;
        out.speed = 1;
        out.keys = keys_;
        return out;
    }
    /// As if Enter was pressed on the row.
    [[nodiscard]] Place enter(Place place, std::size_t row) {
        place.cursor = row;
        return deeper_place(input(), options(place, 110, 34)).value_or(Place{});
    }
    static Place at(ViewKind kind) {
        Place place;
        place.kind = kind;
        return place;
    }
    void expect(const std::string& name, const Place& place) {
        for (const auto& [width, height] : {std::pair{200, 60}, {110, 34}, {80, 24}}) {
            test::expect_golden(fmt::format("view-{}-{}x{}", name, width, height),
                                render_view(input(), options(place, width, height)).text());
        }
        test::expect_golden(fmt::format("view-{}-20x5", name), render_view(input(), options(place, 20, 5)).text());
        test::expect_golden(fmt::format("view-{}-80x24-ascii", name),
                            render_view(input(), options(place, 80, 24, false)).text());
    }

    std::optional<Session> session_;
    std::optional<CgroupNames> cgroups_;
    Picture picture_;
    std::vector<KeyHelp> keys_ = key_help(true);
};

TEST_F(GoldenViews, Lists) {
    expect("overview", at(ViewKind::kOverview));
    expect("caches", at(ViewKind::kCaches));
    expect("objects", at(ViewKind::kObjects));
    expect("stacks", at(ViewKind::kStacks));
    expect("reports", at(ViewKind::kReports));
}

TEST_F(GoldenViews, Texts) {
    expect("settings", at(ViewKind::kSettings));
    expect("report", enter(at(ViewKind::kReports), 0));
}

TEST_F(GoldenViews, FromACacheToOneObject) {
    const Place objects = enter(at(ViewKind::kCaches), 0);
    expect("cache-objects", objects);
    expect("object", enter(objects, 1));
}

TEST_F(GoldenViews, FromAStackToItsObjects) {
    expect("stack-objects", enter(at(ViewKind::kStacks), 0));
}

} // namespace
} // namespace kfence
