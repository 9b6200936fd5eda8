// SPDX-License-Identifier: Apache-2.0
// What report and diff print, against text files.
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../unit/store/support.h"
#include "fixed_recording.h"
#include "golden.h"
#include "tools/trace/diff_render.h"
#include "tools/trace/report_json.h"
#include "tools/trace/report_words.h"
#include "tools/trace/summary_pass.h"

namespace kfence {
namespace {

using test::expect_golden;

class GoldenTrace : public testing::Test {
protected:
    GoldenTrace() {
        test::record_before(before_);
        test::record_after(after_);
    }

    Summary summary(const std::string& path, const SummaryWish& wish = {}) {
        auto file = TraceFile::open(path);
        EXPECT_TRUE(file);
        auto summaries = summarize(*file, wish, names_);
        EXPECT_TRUE(summaries);
        return summaries->front();
    }

    std::string diff(const Summary& a, const Summary& b, const TextShape& shape) {
        const SummaryDiff compared = compare(a, b, names_);
        return render_diff({.a = a, .b = b, .diff = compared, .names = names_, .selection = ""}, shape);
    }

    static std::string indented(const std::string& json) { return nlohmann::ordered_json::parse(json).dump(1) + "\n"; }

    test::Folder folder_;
    std::string before_ = folder_.file("before");
    std::string after_ = folder_.file("after");
    SummaryNames names_;
};

TEST_F(GoldenTrace, Report) {
    expect_golden("report-110", render_report(summary(before_), names_, {}, {.width = 110, .utf8 = true}));
    expect_golden("report-80-ascii", render_report(summary(before_), names_, {}, {.width = 80, .utf8 = false}));
    expect_golden("report-40", render_report(summary(after_), names_, {}, {.width = 40, .utf8 = true}));
}

TEST_F(GoldenTrace, ReportOfAPart) {
    SummaryWish wish;
    wish.window = {.since = Moment{.kind = Moment::Kind::kAfterStart, .ns = 31'500'000'000},
                   .until = Moment{.kind = Moment::Kind::kBeforeEnd, .ns = 45'000'000'000}};
    wish.selection.caches = Filter("sctp");
    const ReportNotes notes{.is_complete = false, .is_being_recorded = false, .selection = selection_words("sctp", "")};
    expect_golden("report-part-110", render_report(summary(before_, wish), names_, notes, {}));
}

TEST_F(GoldenTrace, ReportAsJson) {
    expect_golden("report-json", indented(render_report_json("a.kfence", {summary(after_)}, names_, {})));
}

TEST_F(GoldenTrace, Diff) {
    const Summary a = summary(before_);
    const Summary b = summary(after_);
    expect_golden("diff-110", diff(a, b, {.width = 110, .utf8 = true}));
    expect_golden("diff-80-ascii", diff(a, b, {.width = 80, .utf8 = false}));
    expect_golden("diff-same-110", diff(a, a, {.width = 110, .utf8 = true}));
}

TEST_F(GoldenTrace, DiffAsJson) {
    const Summary a = summary(before_);
    const Summary b = summary(after_);
    const SummaryDiff compared = compare(a, b, names_);
    expect_golden("diff-json",
                  indented(render_diff_json({.a = a, .b = b, .diff = compared, .names = names_, .selection = ""})));
}

} // namespace
} // namespace kfence
