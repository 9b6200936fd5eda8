// SPDX-License-Identifier: Apache-2.0
#include "view/csv.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "fixed_snapshot.h"

namespace kfence {
namespace {

std::ptrdiff_t commas(const std::string& line) {
    return std::ranges::count(line, ',');
}

TEST(Csv, Quoting) {
    EXPECT_EQ(csv_text("dentry"), "dentry");
    EXPECT_EQ(csv_text(""), "");
    EXPECT_EQ(csv_text("a,b"), "\"a,b\"");
    EXPECT_EQ(csv_text("say \"hi\" \"\""), "\"say \"\"hi\"\" \"\"\"\"\"");
    EXPECT_EQ(csv_text("two\nlines"), "\"two\nlines\"");
}

TEST(Csv, FormulasAreMadeHarmless) {
    EXPECT_EQ(csv_text("=1+1"), "'=1+1");
    EXPECT_EQ(csv_text("+1"), "'+1");
    EXPECT_EQ(csv_text("-1"), "'-1");
    EXPECT_EQ(csv_text("@SUM(A1)"), "'@SUM(A1)");
    EXPECT_EQ(csv_text("\tx"), "'\tx");
    EXPECT_EQ(csv_text("\rx"), "\"'\rx\"");
    EXPECT_EQ(csv_text("=HYPERLINK(\"a\",b)"), "\"'=HYPERLINK(\"\"a\"\",b)\"");
    EXPECT_EQ(csv_text("a=1"), "a=1");
}

TEST(Csv, RowsHaveTheColumnsOfTheHeader) {
    FixedSnapshot fixed;
    for (int i = 0; i < 2; ++i) {
        const std::string header = csv_header(CsvTable::kPool);
        const std::string row = csv_rows(CsvTable::kPool, fixed.input(), {});
        EXPECT_TRUE(row.ends_with("\r\n"));
        EXPECT_EQ(commas(header), commas(row));
        fixed.snapshot = Snapshot{}; // again with nothing known
    }
}

TEST(Csv, PoolRow) {
    FixedSnapshot fixed;
    fixed.snapshot.drift.allocs = -1;
    fixed.snapshot.rates.actual.reset();
    const std::string row = csv_rows(CsvTable::kPool, fixed.input(), {});
    EXPECT_TRUE(row.starts_with("2026-11-22T15:11:23.123Z,web-17,6.12.117,fentry,1,255,191,64,0,0.749")) << row;
    EXPECT_NE(row.find(",10,10,,9.2,90123,0,4711,100,75,0,7.1,2460,2,0,0,0,-1,0\r\n"), std::string::npos) << row;
}

TEST(Csv, CacheRows) {
    FixedSnapshot fixed;
    fixed.snapshot.caches.resize(1);
    fixed.snapshot.caches[0].cache = fixed.names.cache("=cmd,\"x\"");
    const std::string rows = csv_rows(CsvTable::kCaches, fixed.input(), {});
    EXPECT_TRUE(rows.starts_with("2026-11-22T15:11:23.123Z,\"'=cmd,\"\"x\"\"\",61,1840,1779,0,")) << rows;
    fixed.snapshot.caches[0].cache = kNoCache;
    EXPECT_EQ(commas(csv_header(CsvTable::kCaches)), commas(csv_rows(CsvTable::kCaches, fixed.input(), {})));
}

} // namespace
} // namespace kfence
