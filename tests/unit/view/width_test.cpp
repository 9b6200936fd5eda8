// SPDX-License-Identifier: Apache-2.0
#include "view/width.h"

#include <gtest/gtest.h>

#include "view/screen.h"

namespace kfence {
namespace {

TEST(Width, OfText) {
    EXPECT_EQ(display_width("dentry"), 6);
    EXPECT_EQ(display_width("日本"), 4);
    EXPECT_EQ(display_width("e\u0301"), 1);  // a combining accent
    EXPECT_EQ(display_width("a\u200Db"), 2); // a joiner has no glyph
    EXPECT_EQ(display_width("▁█…"), 3);
    EXPECT_EQ(display_width("\xff\xc0"), 2); // one sign per invalid byte
    EXPECT_EQ(display_width("\x1b[2J"), 4);  // an escape is a sign, too
}

TEST(Width, HostileTextComesOutHarmless) {
    std::string_view text = "\x1b";
    EXPECT_EQ(take_grapheme(text).text, "?");
    text = "\xe2\x82"; // cut off in the middle
    EXPECT_EQ(take_grapheme(text).text, "\xef\xbf\xbd");
    text = "\xed\xa0\x80"; // a surrogate
    EXPECT_EQ(take_grapheme(text).text, "\xef\xbf\xbd");
    text = "\u0301x"; // a mark without a base
    EXPECT_EQ(take_grapheme(text).text, " \u0301");
    EXPECT_EQ(text, "x");
}

TEST(Width, ManyMarksAreKeptToWhatACellHolds) {
    std::string zalgo = "a";
    for (int i = 0; i < 100; ++i) {
        zalgo += "\u0301";
    }
    std::string_view text = zalgo;
    EXPECT_EQ(take_grapheme(text).text.size(), 1U + 4 * 2);
    EXPECT_TRUE(text.empty());
}

TEST(Width, Clip) {
    EXPECT_EQ(clip("dentry", 6, true), "dentry");
    EXPECT_EQ(clip("dentry", 5, true), "dent…");
    EXPECT_EQ(clip("ext4_inode_cache", 10, false), "ext4_ino..");
    EXPECT_EQ(clip("日本語", 4, true), "日…"); // no half of a wide character
    EXPECT_EQ(clip("dentry", 0, true), "");
    EXPECT_EQ(clip("dentry", -3, true), "");
}

TEST(Width, Ascii) {
    EXPECT_EQ(to_ascii("a日e\u0301z"), "a??z");
}

TEST(ScreenCells, WideCharactersArePairs) {
    Screen screen(4, 1);
    EXPECT_EQ(screen.put(0, 0, "日本語"), 4);
    EXPECT_EQ(screen.row(0), "日本");
    screen.put(1, 0, "x"); // overwrites half of the first
    EXPECT_EQ(screen.row(0), " x本");
    screen.put(2, 0, "y");
    EXPECT_EQ(screen.row(0), " xy");
}

TEST(ScreenCells, AWideOneDoesNotHangOverTheEdge) {
    Screen screen(3, 1);
    EXPECT_EQ(screen.put(0, 0, "ab日"), 2);
    EXPECT_EQ(screen.row(0), "ab");
    EXPECT_EQ(screen.put(0, 0, "日本", Style::kNormal, 3), 2);
}

TEST(ScreenCells, OutsideNothingHappens) {
    Screen screen(3, 2);
    screen.put(0, 2, "x");
    screen.put(0, -1, "x");
    screen.put(-1, 0, "x");
    screen.put(3, 0, "x");
    screen.paint(-5, 0, 100, Style::kAlert);
    screen.paint(0, 7, 1, Style::kAlert);
    EXPECT_EQ(screen.text(), "\n\n");
    EXPECT_EQ(screen.at(2, 0).style, Style::kAlert);
    EXPECT_EQ(screen.at(2, 1).style, Style::kNormal);
}

TEST(ScreenCells, SameRow) {
    Screen a(3, 1);
    Screen b(3, 1);
    EXPECT_TRUE(a.same_row(b, 0));
    b.paint(1, 0, 1, Style::kAlert);
    EXPECT_FALSE(a.same_row(b, 0));
    EXPECT_FALSE(a.same_row(Screen(4, 1), 0));
    EXPECT_FALSE(a.same_row(Screen(3, 0), 0));
}

TEST(ScreenCells, WithoutUtf8) {
    Screen screen(5, 1, false);
    screen.put(0, 0, "a日e\u0301");
    EXPECT_EQ(screen.row(0), "a??");
}

} // namespace
} // namespace kfence
