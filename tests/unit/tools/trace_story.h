// SPDX-License-Identifier: Apache-2.0
// Literal stories for the analyses of kfence-trace. Times are seconds of the kernel's clock; the recording begins at
// 100 and ends at 110 unless it is told otherwise.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "../store/support.h"
#include "tools/trace/summary_pass.h"

namespace kfence::test {

inline KernelNs at(double seconds) {
    return static_cast<KernelNs>(seconds * 1e9);
}

inline Moment after_start(double seconds) {
    return {.kind = Moment::Kind::kAfterStart, .ns = static_cast<std::int64_t>(seconds * 1e9)};
}

class TraceStory : public testing::Test {
protected:
    StackId stack(const std::string& function) {
        return written_.stack(std::vector<std::string>{function + "+0x1/0x2"});
    }

    AllocEvent alloc(double time, Slot slot, const std::string& cache = "dentry", const std::string& function = "f",
                     std::uint64_t cgroup = 0) {
        return {.time = at(time),
                .slot = slot,
                .size = 8,
                .cache = written_.cache(cache),
                .stack = stack(function),
                .task = {.pid = 1, .tgid = 1, .cgroup = cgroup}};
    }
    static FreeEvent end(double began, Slot slot, double time) {
        FreeEvent out;
        out.time = at(time);
        out.allocated_at = at(began);
        out.slot = slot;
        return out;
    }
    static WalkEvent pool(std::uint32_t objects, double time = 100) { return {.time = at(time), .objects = objects}; }

    void write(const std::vector<Event>& events) { ASSERT_TRUE(writer_->write(events, written_)); }
    void count(CountersEvent counters) {
        write({counters});
        ASSERT_TRUE(writer_->sample(0, true));
    }

    /// Ends the recording, and reads it.
    Summary summary(const SummaryWish& wish = {}) {
        if (writer_) {
            EXPECT_TRUE(writer_->finish(std::array{std::optional(ClockAnchor{.kernel = at(end_), .unix_ns = 0})}));
            writer_.reset();
        }
        auto file = TraceFile::open(path_);
        EXPECT_TRUE(file) << file.error().message;
        auto out = summarize(*file, wish, names_);
        EXPECT_TRUE(out) << out.error().message;
        return out->front();
    }
    static SummaryWish part(double since, double until) {
        return {.machine = 0, .window = {.since = after_start(since), .until = after_start(until)}, .selection = {}};
    }
    const CacheSummary* cache(const Summary& s, const std::string& name) {
        for (const CacheSummary& cache : s.caches) {
            if (summary_cache_name(names_.names, cache.cache) == name) {
                return &cache;
            }
        }
        return nullptr;
    }

    Folder folder_;
    std::string path_ = folder_.file("story");
    Names written_; ///< of the writer; the reader has its own
    std::optional<TraceWriter> writer_{writer(path_)};
    SummaryNames names_;
    double end_ = 110;
};

} // namespace kfence::test
