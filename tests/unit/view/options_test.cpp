// SPDX-License-Identifier: Apache-2.0
#include "tools/top/options.h"

#include <clocale>
#include <vector>

#include <gtest/gtest.h>

namespace kfence {
namespace {

Result<std::variant<TopOptions, int>> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "kfence-top");
    return parse_options(static_cast<int>(words.size()), words.data());
}

TopOptions good(const std::vector<const char*>& words) {
    auto parsed = parse(words);
    EXPECT_TRUE(parsed.has_value());
    return std::get<TopOptions>(*parsed);
}

void expect_usage(const std::vector<const char*>& words, const char* part) {
    const auto parsed = parse(words);
    ASSERT_FALSE(parsed.has_value()) << words.front();
    EXPECT_EQ(parsed.error().kind, ErrorKind::kUsage);
    EXPECT_NE(parsed.error().message.find(part), std::string::npos) << parsed.error().message;
    EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
}

TEST(TopCommandLine, Defaults) {
    const TopOptions options = good({});
    EXPECT_FALSE(options.batch);
    EXPECT_FALSE(options.iterations);
    EXPECT_DOUBLE_EQ(options.interval_s, 1);
    EXPECT_EQ(options.source.kind, SourceKind::kLive);
    EXPECT_EQ(options.source.backend, "auto");
    EXPECT_EQ(options.source.ring_pages, 0U);
}

TEST(TopCommandLine, TheContract) {
    const TopOptions options = good({"--batch", "--iterations", "10", "--interval", "0.5", "--format", "json",
                                     "--backend", "kprobe", "--fail-on-loss", "--ring-pages", "1"});
    EXPECT_TRUE(options.batch);
    EXPECT_EQ(options.iterations, 10U);
    EXPECT_DOUBLE_EQ(options.interval_s, 0.5);
    EXPECT_EQ(options.format, Format::kJson);
    EXPECT_EQ(options.source.backend, "kprobe");
    EXPECT_TRUE(options.fail_on_loss);
    EXPECT_EQ(options.source.ring_pages, 1U);
}

TEST(TopCommandLine, WhatImpliesBatch) {
    EXPECT_TRUE(good({"--format", "csv"}).batch);
    EXPECT_TRUE(good({"--once"}).batch);
    EXPECT_EQ(good({"--once"}).iterations, 1U);
    EXPECT_FALSE(good({"--format", "text"}).batch);
}

TEST(TopCommandLine, WrongValues) {
    expect_usage({"--interval", "0.05"}, "0.1");
    expect_usage({"--interval", "nan"}, "--interval nan");
    expect_usage({"--interval", "1,5"}, "--interval");
    expect_usage({"--iterations", "0"}, "1 or more");
    expect_usage({"--iterations", ""}, "1 or more");
    expect_usage({"--iterations", "-1"}, "1 or more");
    expect_usage({"--iterations", "1e3"}, "1 or more");
    expect_usage({"--format", "xml"}, "json");
    expect_usage({"--table", "x"}, "pool");
    expect_usage({"--sort", "x"}, "live");
    expect_usage({"--backend", "ebpf"}, "fentry");
    expect_usage({"--source", "dead"}, "--source dead");
    expect_usage({"--source", "replay:"}, "replay:FILE");
    expect_usage({"--ring-pages", "3"}, "power of two");
    expect_usage({"--ring-pages", "-2"}, "power of two");
    expect_usage({"--filter", "a("}, "--filter a(: Unmatched ( or");
    expect_usage({"--filter", "(a)\\1"}, "--filter (a)\\1: braces and backreferences are not supported");
    expect_usage({"--nonsense"}, "--nonsense");
    expect_usage({"word"}, "word");
    expect_usage({"--format", "a\x1b\xff"}, "\\x1b");
}

TEST(TopCommandLine, WhatContradictsOrHasNoEffect) {
    expect_usage({"--table", "caches"}, "--table has no effect without --format csv");
    expect_usage({"--table", "pool", "--format", "json"}, "--table has no effect");
    expect_usage({"--once", "-n", "2"}, "--once and --iterations 2 exclude each other");
    EXPECT_EQ(good({"--once", "-n", "1"}).iterations, 1U);
    expect_usage({"--source", "fixture:f", "--backend", "auto"}, "--backend has no effect without --source live");
    expect_usage({"--source", "fixture:f", "--ring-pages", "4"}, "--ring-pages has no effect without --source live");
    for (const char* flag : {"--batch=false", "--reverse=5", "--once=1", "--verbose=false"}) {
        expect_usage({flag}, "disallowed flag override");
    }
}

TEST(TopCommandLine, Sources) {
    EXPECT_EQ(good({"--source", "replay:a.kft"}).source.argument, "a.kft");
    EXPECT_EQ(good({"--source", "sim:x"}).source.kind, SourceKind::kSim);
    EXPECT_EQ(good({"--source", "fixture:f"}).source.kind, SourceKind::kFixture);
}

TEST(TopCommandLine, HelpAndVersionAreDone) {
    testing::internal::CaptureStdout();
    const auto help = parse({"--help"});
    const auto version = parse({"--version"});
    EXPECT_EQ(std::get<int>(*help), 0);
    EXPECT_EQ(std::get<int>(*version), 0);
    EXPECT_NE(testing::internal::GetCapturedStdout().find("--fail-on-loss"), std::string::npos);
}

} // namespace
} // namespace kfence
