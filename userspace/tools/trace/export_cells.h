// SPDX-License-Identifier: Apache-2.0
// Cells that come again and again in an export: caches, stacks, tasks, dates. Each is made once, and kept for a while.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "event/names.h"
#include "store/trace_cursor.h"
#include "tools/trace/export_row.h"

namespace kfence {

class ExportCells {
public:
    /// All must live as long as this.
    ExportCells(RowFormat format, TraceFile& file, const Names& names, TraceCursor& cursor);

    /// Null for kNoCache.
    [[nodiscard]] const std::string& cache(CacheId id);

    struct Stack {
        /// "s" and 16 hex digits made of the frames: the same in every export, of any recording.
        std::string id;
        /// Callers, innermost first, without the allocator's: in CSV "a < b < c", in JSON an array.
        std::string frames;
    };
    /// Both null for kNoStack. Valid until the next call.
    [[nodiscard]] const Stack& stack(StackId id);

    /// Unix time of the machine's clock as RFC 3339 in UTC with nine digits. Valid until the next call.
    [[nodiscard]] const std::string& date(std::int64_t machine, KernelNs time);

    /// The path of the cgroup of a task; null where it is not known. Valid until the next call.
    Result<const std::string*> cgroup(std::uint64_t row);

    /// pid, tgid, comm, cpu, cgroup, pid_namespace: kTaskColumns.
    Result<void> add_task(ExportRow& row, const Task& task);

    /// Names were forgotten.
    void forget() { stacks_.assign(stacks_.size(), {}); }

    [[nodiscard]] const std::string& null() const noexcept { return null_; }
    [[nodiscard]] const Names& names() const noexcept { return *names_; }

private:
    struct KeptStack {
        StackId id = kNoStack;
        Stack cells;
    };
    [[nodiscard]] Stack make_stack(StackId id) const;

    RowFormat format_;
    TraceFile* file_;
    const Names* names_;
    TraceCursor* cursor_;
    std::string null_;
    std::vector<std::string> caches_;
    std::vector<KeptStack> stacks_;
    Stack no_stack_;
    std::unordered_map<std::uint64_t, std::string> cgroups_;
    std::int64_t date_second_ = 0;
    std::string date_; ///< of that second; digits of the fraction are written over
};

/// The columns that add_task() fills.
inline constexpr std::string_view kTaskColumns[] = {"pid", "tgid", "comm", "cpu", "cgroup", "pid_namespace"};

} // namespace kfence
