// SPDX-License-Identifier: Apache-2.0
#include "tools/top/ui_state.h"

#include <set>

#include <gtest/gtest.h>

#include "tools/top/options.h"

namespace kfence {
namespace {

class UiKeys : public testing::Test {
protected:
    Outcome press(KeyCode key) { return ui_.on_key(key, 30, 10); }
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
    EXPECT_EQ(ui_.order().sort, SortKey::kLive);
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
    EXPECT_EQ(ui_.order().sort, SortKey::kAllocs);
    EXPECT_TRUE(ui_.order().reverse);
}

TEST_F(UiKeys, FilterIsAppliedWhileItIsTyped) {
    type("/kmq?");
    EXPECT_TRUE(options().editing_filter);
    EXPECT_EQ(ui_.order().filter.text(), "kmq?");
    press(kKeyBackspace);
    press(0xE9); // é
    EXPECT_EQ(ui_.order().filter.text(), "kmq\u00e9");
    press(kKeyBackspace);
    EXPECT_EQ(ui_.order().filter.text(), "kmq");
    press(kKeyEnter);
    EXPECT_FALSE(options().editing_filter);
    EXPECT_EQ(press('q'), Outcome::kQuit);
    press(kKeyEscape);
    EXPECT_TRUE(ui_.order().filter.empty());
}

TEST_F(UiKeys, FilterTakesNoControlCharactersAndHasAnEnd) {
    type("/\x01\x07");
    press(0x9B); // CSI
    press(kKeyUp);
    EXPECT_TRUE(ui_.order().filter.empty());
    type(std::string(1000, 'a'));
    EXPECT_EQ(ui_.order().filter.text().size(), 64U);
    press(kKeyBackspace);
    press(0xE9); // two bytes, and there is place for one
    EXPECT_EQ(ui_.order().filter.text().size(), 63U);
    press(21); // Ctrl-U
    press(kKeyBackspace);
    EXPECT_TRUE(ui_.order().filter.empty());
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
    EXPECT_EQ(options().scroll, 0U);
    press(kKeyDown);
    press(kKeyPageDown);
    EXPECT_EQ(options().scroll, 11U);
    press(kKeyEnd);
    EXPECT_EQ(options().scroll, 20U);
    press(kKeyDown);
    EXPECT_EQ(options().scroll, 20U);
    press(kKeyPageUp);
    EXPECT_EQ(options().scroll, 10U);
    press(kKeyHome);
    EXPECT_EQ(options().scroll, 0U);
    EXPECT_EQ(ui_.on_key(kKeyDown, 3, 10), Outcome::kDraw);
    EXPECT_EQ(options().scroll, 0U);
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

TEST(KeyTable, TheHelpHasTheKeysOfARecordingOnlyThere) {
    EXPECT_GT(key_help(true).size(), key_help().size());
    EXPECT_EQ(key_help(true).front().keys, ". ,");
}

} // namespace
} // namespace kfence
