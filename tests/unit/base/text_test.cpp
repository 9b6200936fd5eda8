// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

namespace kfence {
namespace {

using namespace std::string_literals;

struct Case {
    std::string hostile;
    std::string clean;
};

class Sanitize : public testing::TestWithParam<Case> {};

TEST_P(Sanitize, Escapes) {
    EXPECT_EQ(sanitize(GetParam().hostile), GetParam().clean);
    EXPECT_EQ(is_clean(GetParam().hostile), GetParam().hostile == GetParam().clean);
    EXPECT_TRUE(is_clean(sanitize(GetParam().hostile)));
}

INSTANTIATE_TEST_SUITE_P(Printable, Sanitize,
                         testing::Values(Case{"", ""}, Case{"kmalloc-64", "kmalloc-64"}, Case{"a\\b", "a\\b"},
                                         Case{"\xc3\xa9", "\xc3\xa9"}, Case{"\xe2\x82\xac", "\xe2\x82\xac"},
                                         Case{"\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7"},
                                         Case{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
                                         Case{"\xed\x9f\xbf", "\xed\x9f\xbf"}, Case{"\xc2\xa0", "\xc2\xa0"}));

INSTANTIATE_TEST_SUITE_P(Control, Sanitize,
                         testing::Values(Case{"\x1b[2J", "\\x1b[2J"}, Case{"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
                                         Case{"a\0b"s, "a\\x00b"}, Case{"\x7f", "\\x7f"}, Case{"\xc2\x80", "\\u{0080}"},
                                         Case{"\xc2\x9b", "\\u{009b}"}, Case{"\xe2\x80\xa8", "\\u{2028}"},
                                         Case{"\xe2\x80\xa9", "\\u{2029}"}));

INSTANTIATE_TEST_SUITE_P(Direction, Sanitize,
                         testing::Values(Case{"\xe2\x80\xaa", "\\u{202a}"}, Case{"x\xe2\x80\xaey", "x\\u{202e}y"},
                                         Case{"\xe2\x81\xa6", "\\u{2066}"}, Case{"\xe2\x81\xa9", "\\u{2069}"}));

INSTANTIATE_TEST_SUITE_P(Invalid, Sanitize,
                         testing::Values(Case{"\xff", "\\xff"},
                                         Case{"a\x80"
                                              "b",
                                              "a\\x80b"},
                                         Case{"\xc3", "\\xc3"}, Case{"\xe2\x82", "\\xe2\\x82"},
                                         Case{"\xc3(", "\\xc3("}, // the byte after a broken lead is kept
                                         Case{"\xc0\xaf", "\\xc0\\xaf"}, Case{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
                                         Case{"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
                                         Case{"\xed\xa0\x80", "\\xed\\xa0\\x80"},          // a surrogate
                                         Case{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, // above 10FFFF
                                         Case{"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"}));

TEST(FixedField, EndsAtTheFirstNul) {
    const char field[8] = {'b', 'a', 's', 'h', '\0', 'x', 'y', 'z'};
    EXPECT_EQ(fixed_field(field, sizeof(field)), "bash");
}

TEST(FixedField, EndsAtItsSize) {
    const char field[4] = {'b', 'a', 's', 'h'};
    EXPECT_EQ(fixed_field(field, sizeof(field)), "bash");
    EXPECT_EQ(fixed_field(field, 0), "");
}

} // namespace
} // namespace kfence
