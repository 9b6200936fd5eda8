// SPDX-License-Identifier: Apache-2.0
// Two summaries side by side, and stacks that are the same to a reader.
#include "tools/trace/diff_compare.h"

#include <gtest/gtest.h>

namespace kfence {
namespace {

class TraceCompare : public testing::Test {
protected:
    StackId stack(const std::vector<std::string>& frames, std::size_t skip = 0) {
        return names_.names.stack(frames, skip);
    }
    static Summary of(double seconds, std::uint32_t objects) {
        Summary out;
        out.window = {.since = 0, .until = static_cast<KernelNs>(seconds * 1e9)};
        out.pool.objects = objects;
        out.rates.seconds = seconds;
        return out;
    }
    static CacheSummary cache(CacheId id, double share, std::uint64_t allocs) {
        CacheSummary out;
        out.cache = id;
        out.share = share;
        out.allocs = allocs;
        return out;
    }
    static const FigureDiff* find(const std::vector<FigureDiff>& diffs, const std::string& name) {
        for (const FigureDiff& diff : diffs) {
            if (diff.name == name) {
                return &diff;
            }
        }
        return nullptr;
    }

    SummaryNames names_;
};

TEST_F(TraceCompare, StacksWithTheSameFunctionsAreOne) {
    const auto one = names_.stacks.group(stack({"kmem_cache_alloc+0x1/0x2", "f+0x1/0x2", "g+0x1/0x2 [m]"}, 1));
    EXPECT_EQ(one, names_.stacks.group(stack({"kmem_cache_alloc_noprof+0x9/0x9", "f.isra.0+0x7/0x8", "g+0x3/0x4"}, 1)));
    EXPECT_EQ(one, names_.stacks.group(stack({"f+0x5/0x6", "g+0x1/0x2"})));
    EXPECT_NE(one, names_.stacks.group(stack({"g+0x1/0x2", "f+0x1/0x2"})));
    EXPECT_NE(one, names_.stacks.group(stack({"f+0x1/0x2"})));
    EXPECT_EQ(names_.stacks.group(kNoStack), names_.stacks.group(kNoStack));
}

TEST_F(TraceCompare, PerSecondAndAsShares) {
    Summary a = of(10, 100);
    Summary b = of(1000, 200);
    a.rates.guarded = 50;
    b.rates.guarded = 500;
    a.pool.occupancy = {50};
    a.pool.mean = 50;
    b.pool.occupancy = {50};
    b.pool.mean = 50;
    const CacheId dentry = names_.names.cache("dentry");
    const CacheId inode = names_.names.cache("inode");
    const CacheId gone = names_.names.cache("gone");
    a.caches = {cache(dentry, 0.3, 100), cache(inode, 0.2, 0), cache(gone, 0.05, 10)};
    b.caches = {cache(inode, 0.5, 1000), cache(dentry, 0.3, 100)};
    const SummaryDiff diff = compare(a, b, names_);
    ASSERT_NE(find(diff.rates, "guarded"), nullptr);
    EXPECT_EQ(find(diff.rates, "guarded")->value.a, 5.0);
    EXPECT_EQ(find(diff.rates, "guarded")->value.b, 0.5);
    EXPECT_EQ(find(diff.rates, "intended")->value.a, std::nullopt);
    EXPECT_EQ(find(diff.pool, "occupied, mean")->value.b, 0.25);
    ASSERT_EQ(diff.caches.size(), 3U);
    EXPECT_EQ(diff.caches[0].cache, inode) << "the greatest change comes first";
    EXPECT_EQ(diff.caches[0].allocs_per_s.b, 1.0);
    EXPECT_EQ(diff.caches[1].cache, gone);
    EXPECT_EQ(diff.caches[1].share.b, 0.0) << "it held nothing";
    EXPECT_EQ(diff.caches[2].allocs_per_s.a, 10.0);
}

TEST_F(TraceCompare, AnUnknownPoolHasUnknownShares) {
    Summary a = of(10, 0);
    const Summary b = of(10, 0);
    CacheSummary only;
    only.cache = names_.names.cache("dentry");
    a.caches = {only};
    const SummaryDiff diff = compare(a, b, names_);
    ASSERT_EQ(diff.caches.size(), 1U);
    EXPECT_EQ(diff.caches[0].share.b, std::nullopt);
    EXPECT_EQ(find(diff.pool, "objects")->value.a, std::nullopt);
}

TEST_F(TraceCompare, Reports) {
    Summary a = of(10, 10);
    Summary b = of(10, 10);
    ReportSummary report;
    report.title = "KFENCE: invalid free in f";
    report.count = 2;
    a.reports = {report};
    report.count = 1;
    b.reports = {report, report};
    report.title = "KFENCE: invalid free in g";
    b.reports.push_back(report);
    const SummaryDiff diff = compare(a, b, names_);
    ASSERT_EQ(diff.reports.size(), 2U);
    EXPECT_EQ(diff.reports[0].count.a, 2U);
    EXPECT_EQ(diff.reports[0].count.b, 2U);
    EXPECT_EQ(diff.reports[1].count.a, 0U);
    EXPECT_EQ(diff.reports[1].count.b, 1U);
}

} // namespace
} // namespace kfence
