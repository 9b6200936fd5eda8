// SPDX-License-Identifier: Apache-2.0
#include "tools/top/ui_state.h"

#include <set>

#include <gtest/gtest.h>

#include "tools/top/options.h"
#include "view/lists.h"

namespace kfence {
namespace {

class UiKeys : public testing::Test {
protected:
    Outcome press(KeyCode key) { return ui_.on_key(key, {.rows = 30, .page = 10, .cursor = false}); }
    void type(std::string_view text) {
        for (const char c : text) {
            press(static_cast<KeyCode>(c));
        }
    }
    ViewOptions options() { return ui_.options(110, 34, true); }
    UiState ui_{{}, 1};
};

TEST(KeyTable, EachKeyDoesOneThing) {
    std::set<KeyCode> seen;
    for (const KeyBinding& binding : key_bindings()) {
        for (const KeyCode code : binding.codes) {
            EXPECT_TRUE(code == 0 || seen.insert(code).second) << code;
        }
    }
    EXPECT_EQ(action_for('q'), Action::kQuit);
    EXPECT_EQ(action_for('x'), Action::kNone);
    EXPECT_EQ(action_for(0), Action::kNone);
}

TEST_F(UiKeys, QuitAlsoFromTheHelp) {
    EXPECT_EQ(press('?'), Outcome::kDraw);
    EXPECT_TRUE(options().help);
    EXPECT_EQ(press('q'), Outcome::kQuit);
}

TEST_F(UiKeys, AnyKeyClosesTheHelp) {
    press('?');
    EXPECT_EQ(press('s'), Outcome::kDraw);
    EXPECT_FALSE(options().help);
    EXPECT_EQ(ui_.place().sort, SortKey::kLive);
}

TEST_F(UiKeys, Pause) {
    EXPECT_EQ(press(' '), Outcome::kPause);
    EXPECT_TRUE(ui_.paused());
    EXPECT_EQ(press(' '), Outcome::kGoOn);
    EXPECT_FALSE(ui_.paused());
}

TEST_F(UiKeys, SortAndReverse) {
    press('s');
    press('r');
    EXPECT_EQ(ui_.place().sort, SortKey::kAllocs);
    EXPECT_TRUE(ui_.place().reverse);
}

TEST_F(UiKeys, FilterIsAppliedWhileItIsTyped) {
    type("/kmq?");
    EXPECT_TRUE(options().editing_filter);
    EXPECT_EQ(ui_.place().filter.text(), "kmq?");
    press(kKeyBackspace);
    press(0xE9); // é
    EXPECT_EQ(ui_.place().filter.text(), "kmq\u00e9");
    press(kKeyBackspace);
    EXPECT_EQ(ui_.place().filter.text(), "kmq");
    press(kKeyEnter);
    EXPECT_FALSE(options().editing_filter);
    EXPECT_EQ(press('q'), Outcome::kQuit);
    press(kKeyEscape);
    EXPECT_TRUE(ui_.place().filter.empty());
}

TEST_F(UiKeys, FilterTakesNoControlCharactersAndHasAnEnd) {
    type("/\x01\x07");
    press(0x9B); // CSI
    press(kKeyUp);
    EXPECT_TRUE(ui_.place().filter.empty());
    type(std::string(1000, 'a'));
    EXPECT_EQ(ui_.place().filter.text().size(), 64U);
    press(kKeyBackspace);
    press(0xE9); // two bytes, and there is place for one
    EXPECT_EQ(ui_.place().filter.text().size(), 63U);
    press(21); // Ctrl-U
    press(kKeyBackspace);
    EXPECT_TRUE(ui_.place().filter.empty());
}

TEST_F(UiKeys, Interval) {
    EXPECT_EQ(press('+'), Outcome::kInterval);
    EXPECT_DOUBLE_EQ(ui_.interval_s(), 2);
    EXPECT_EQ(options().message, "every 2 s");
    for (int i = 0; i < 20; ++i) {
        press('-');
    }
    EXPECT_DOUBLE_EQ(ui_.interval_s(), 0.1);
    for (int i = 0; i < 20; ++i) {
        press('+');
    }
    EXPECT_DOUBLE_EQ(ui_.interval_s(), 60);
    press('s');
    EXPECT_EQ(options().message, "");
}

TEST_F(UiKeys, ScrollingStaysInside) {
    press(kKeyUp);
    EXPECT_EQ(options().place.scroll, 0U);
    press(kKeyDown);
    press(kKeyPageDown);
    EXPECT_EQ(options().place.scroll, 11U);
    press(kKeyEnd);
    EXPECT_EQ(options().place.scroll, 20U);
    press(kKeyDown);
    EXPECT_EQ(options().place.scroll, 20U);
    press(kKeyPageUp);
    EXPECT_EQ(options().place.scroll, 10U);
    press(kKeyHome);
    EXPECT_EQ(options().place.scroll, 0U);
    EXPECT_EQ(ui_.on_key(kKeyDown, {.rows = 3, .page = 10, .cursor = false}), Outcome::kDraw);
    EXPECT_EQ(options().place.scroll, 0U);
}

class RecordingKeys : public UiKeys {
protected:
    RecordingKeys() { ui_ = UiState({}, 1, 1.0); }
};

TEST_F(UiKeys, OnlyARecordingIsSteppedThrough) {
    for (const char key : {'.', ',', 'n', 'N', 't', ']', '['}) {
        EXPECT_EQ(press(static_cast<KeyCode>(key)), Outcome::kDraw);
        EXPECT_NE(options().message.find("replay:FILE"), std::string::npos) << key;
        EXPECT_FALSE(options().paused);
    }
    EXPECT_EQ(options().speed, std::nullopt);
}

TEST_F(RecordingKeys, AStepHoldsThePicture) {
    EXPECT_EQ(press('.'), Outcome::kStepForward);
    EXPECT_TRUE(options().paused);
    EXPECT_EQ(press(kKeyLeft), Outcome::kStepBack);
    EXPECT_EQ(press('n'), Outcome::kNextReport);
    EXPECT_EQ(press('p'), Outcome::kPreviousReport);
    EXPECT_EQ(press(' '), Outcome::kGoOn);
    EXPECT_FALSE(options().paused);
}

TEST_F(RecordingKeys, SpeedHasBounds) {
    press(']');
    EXPECT_EQ(options().speed, 2);
    for (int i = 0; i < 40; ++i) {
        press(']');
    }
    EXPECT_EQ(options().speed, kMaxSpeed);
    for (int i = 0; i < 60; ++i) {
        press('[');
    }
    EXPECT_EQ(options().speed, kMinSpeed);
}

TEST_F(RecordingKeys, ATimeIsTyped) {
    EXPECT_EQ(press('t'), Outcome::kDraw);
    type("19:31x");
    press(kKeyBackspace);
    EXPECT_EQ(options().prompt, "time: 19:31_");
    EXPECT_EQ(press(kKeyEnter), Outcome::kGoTo);
    EXPECT_EQ(ui_.wanted_time(), "19:31");
    EXPECT_EQ(options().prompt, "");
    press('t');
    type("q"); // no key meanwhile
    EXPECT_EQ(press(kKeyEscape), Outcome::kDraw);
    EXPECT_EQ(options().prompt, "");
}

TEST_F(UiKeys, ACursorStaysInsideAndIsVisible) {
    press('3');
    const Extent list{.rows = 30, .page = 10, .cursor = true};
    ui_.on_key(kKeyUp, list);
    EXPECT_EQ(ui_.place().cursor, 0U);
    ui_.on_key(kKeyPageDown, list);
    EXPECT_EQ(ui_.place().cursor, 10U);
    EXPECT_EQ(ui_.place().scroll, 1U);
    ui_.on_key(kKeyEnd, list);
    EXPECT_EQ(ui_.place().cursor, 29U);
    EXPECT_EQ(ui_.place().scroll, 20U);
    ui_.on_key(kKeyUp, {.rows = 5, .page = 10, .cursor = true}); // most of them went meanwhile
    EXPECT_EQ(ui_.place().cursor, 3U);
    ui_.on_key(kKeyDown, {.rows = 0, .page = 10, .cursor = true});
    EXPECT_EQ(ui_.place().cursor, 0U);
}

TEST_F(UiKeys, DeeperAndBackToWhereItWas) {
    EXPECT_EQ(press('2'), Outcome::kView);
    EXPECT_EQ(ui_.place().kind, ViewKind::kCaches);
    ui_.on_key(kKeyDown, {.rows = 9, .page = 5, .cursor = true});
    EXPECT_EQ(press(kKeyEnter), Outcome::kEnter);
    Place objects;
    objects.kind = ViewKind::kObjects;
    objects.cache = "dentry";
    ui_.enter(objects);
    EXPECT_EQ(ui_.place().cache, "dentry");
    type("/x");
    press(kKeyEnter);
    EXPECT_EQ(press(kKeyEscape), Outcome::kDraw) << "first the filter";
    EXPECT_EQ(ui_.place().kind, ViewKind::kObjects);
    EXPECT_EQ(press(kKeyEscape), Outcome::kView);
    EXPECT_EQ(ui_.place().kind, ViewKind::kCaches);
    EXPECT_EQ(ui_.place().cursor, 1U);
    EXPECT_EQ(press(kKeyEscape), Outcome::kView);
    EXPECT_EQ(ui_.place().kind, ViewKind::kOverview);
    EXPECT_EQ(press(kKeyEscape), Outcome::kNothing);
}

TEST_F(UiKeys, EachViewKeepsItsOrderAndItsFilter) {
    press('4');
    press('s');
    press('r');
    type("/ext4\n");
    press('3');
    EXPECT_EQ(ui_.place().column, 0U);
    EXPECT_TRUE(ui_.place().filter.empty());
    press('4');
    EXPECT_EQ(ui_.place().column, 1U);
    EXPECT_TRUE(ui_.place().reverse);
    EXPECT_EQ(ui_.place().filter.text(), "ext4");
}

TEST_F(UiKeys, AllColumnsOfEachListCanOrderIt) {
    for (const char view : {'3', '4', '5'}) {
        press(static_cast<KeyCode>(view));
        std::set<std::size_t> seen;
        for (std::size_t i = 0; i < 20; ++i) {
            seen.insert(ui_.place().column);
            press('s');
        }
        EXPECT_EQ(seen.size(), sort_columns(ui_.place().kind)) << view;
    }
    press('2');
    std::set<SortKey> seen;
    for (std::size_t i = 0; i < 20; ++i) {
        seen.insert(ui_.place().sort);
        press('>');
    }
    EXPECT_EQ(seen.size(), kSortKeyCount);
    const SortKey here = ui_.place().sort;
    press('s');
    press('<');
    EXPECT_EQ(ui_.place().sort, here);
    press('6');
    EXPECT_EQ(press('s'), Outcome::kNothing);
}

TEST(KeyTable, TheHelpHasTheKeysOfARecordingOnlyThere) {
    EXPECT_GT(key_help(true).size(), key_help().size());
    EXPECT_EQ(key_help(true)[6].keys, ". ,");
}

} // namespace
} // namespace kfence
