// SPDX-License-Identifier: Apache-2.0
#include "view/filter.h"

#include <gtest/gtest.h>

#include "view/describe.h"

namespace kfence {
namespace {

TEST(FilterTest, RegularExpressionWithoutCase) {
    EXPECT_TRUE(Filter("").matches("anything"));
    EXPECT_TRUE(Filter("^KMALLOC-(64|128)$").matches("kmalloc-64"));
    EXPECT_FALSE(Filter("^kmalloc-64$").matches("kmalloc-640"));
}

TEST(FilterTest, WhatIsNoExpressionIsLookedForAsItStands) {
    EXPECT_TRUE(Filter("io-[").matches("bIO-[0]"));
    EXPECT_FALSE(Filter("io-[").matches("bio-0"));
    EXPECT_TRUE(Filter("a{3").matches("xA{3}"));
}

void expect_refused(const std::string& text, const char* why) {
    const auto filter = Filter::parse(text);
    ASSERT_FALSE(filter.has_value()) << text;
    EXPECT_EQ(filter.error().kind, ErrorKind::kUsage);
    EXPECT_EQ(filter.error().message, why);
    EXPECT_TRUE(Filter(text).is_plain_text());
}

TEST(FilterTest, ParseSaysWhatIsWrong) {
    EXPECT_TRUE(Filter::parse("^a+$")->matches("AA"));
    EXPECT_FALSE(Filter::parse("")->is_plain_text());
    expect_refused("io-(", "Unmatched ( or \\(");
    expect_refused("a{3}", "braces and backreferences are not supported");
    expect_refused(std::string(65, 'a'), "at most 64 bytes are supported");
    EXPECT_TRUE(Filter::parse(std::string(64, 'a')));
}

// Each of them takes the matcher longer than anyone waits, or its stack.
TEST(FilterTest, WhatTakesForEverIsNoExpression) {
    expect_refused(R"((.*)(.*)(.*)(.*)\1\2\3\4x)", "braces and backreferences are not supported");
    expect_refused("a" + std::string(60, '+'), "more than 8 plus signs are not supported");
    expect_refused(std::string(100'000, '('), "at most 64 bytes are supported");
    EXPECT_TRUE(Filter::parse("a\\\\1")->matches("a\\1")); // an escaped backslash
}

TEST(FilterTest, SortKeys) {
    EXPECT_EQ(parse_sort_key("rate"), SortKey::kRate);
    EXPECT_EQ(parse_sort_key("Rate"), std::nullopt);
    EXPECT_EQ(parse_sort_key("life-p90"), SortKey::kLifeP90);
    EXPECT_EQ(to_string(SortKey::kAge), "age");
    EXPECT_EQ(to_string(SortKey::kSkip), "skip");
}

class SelectCaches : public testing::Test {
protected:
    void add(const char* name, std::uint32_t live, std::uint64_t allocs) {
        CacheUse use;
        use.cache = names_.cache(name);
        use.allocated = live;
        use.allocs = allocs;
        snapshot_.caches.push_back(use);
    }
    std::string order(SortKey sort, bool reverse = false, const char* filter = "") {
        std::string out;
        for (const CacheUse* use : select_caches(snapshot_, names_, Filter(filter), sort, reverse)) {
            out += std::string(shown_name(names_, use->cache)) + ' ';
        }
        return out;
    }
    Names names_;
    Snapshot snapshot_;
};

TEST_F(SelectCaches, OrderAndFilter) {
    add("b", 1, 9);
    add("a", 1, 3);
    add("", 5, 1);
    EXPECT_EQ(order(SortKey::kLive), "<destroyed> a b ");
    EXPECT_EQ(order(SortKey::kAllocs), "b a <destroyed> ");
    EXPECT_EQ(order(SortKey::kAllocs, true), "<destroyed> a b ");
    EXPECT_EQ(order(SortKey::kName, false, "^[ab]$"), "a b ");
}

TEST(Describe, Frames) {
    EXPECT_EQ(frame_symbol("foo+0x1/0x2 [mod]"), "foo");
    EXPECT_EQ(frame_place("foo+0x1/0x2 [mod]"), "foo+0x1");
    EXPECT_EQ(frame_place("0xffff [mod]"), "0xffff");
    EXPECT_EQ(frame_symbol(""), "");
}

TEST(Describe, Reports) {
    Names names;
    ReportEvent report{.task = {}, .alloc_task = {}, .free_task = {}};
    report.type = ReportType::kInvalid;
    report.access = Access::kRead;
    EXPECT_EQ(describe_report(names, report), "invalid read");
    EXPECT_EQ(report_cache(names, report), "");
    report.type = ReportType::kInvalidFree;
    report.access = Access::kNone;
    report.slot = 3;
    report.access_stack = names.stack(std::vector<std::string>{"foo+0x1/0x2"});
    EXPECT_EQ(describe_report(names, report), "invalid free in foo+0x1");
    EXPECT_EQ(report_cache(names, report), "<destroyed>");
    EXPECT_EQ(describe_stack(names, kNoStack, 3), "(stack unknown)");
    EXPECT_EQ(describe_ago(5, 7), "0 ms ago");
}

} // namespace
} // namespace kfence
