// SPDX-License-Identifier: Apache-2.0
// Stacks and reports in words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/names.h"
#include "model/snapshot.h"

namespace kfence {

/// The frames of a stack without those of the allocator, innermost first, as the table has them. All frames
/// when there are no others.
[[nodiscard]] std::vector<std::string_view> caller_frames(const Names& names, StackId id);

/// "symbol" of "symbol+0xoff/0xsize [module]".
[[nodiscard]] std::string_view frame_symbol(std::string_view frame) noexcept;
/// "symbol+0xoff" of the same.
[[nodiscard]] std::string_view frame_place(std::string_view frame) noexcept;

/// "d_alloc_parallel < __lookup_slow < walk_component": the innermost callers.
[[nodiscard]] std::string describe_stack(const Names& names, StackId stack, std::size_t max_frames);

/// "use-after-free read", "invalid free".
[[nodiscard]] std::string describe_report_kind(const ReportEvent& report);

/// "use-after-free read in sctp_assoc_free+0x61".
[[nodiscard]] std::string describe_report(const Names& names, const ReportEvent& report);

/// The cache of a report: empty when the kernel knows no object, "<destroyed>" when its cache is gone.
[[nodiscard]] std::string_view report_cache(const Names& names, const ReportEvent& report);

/// "postgres", sanitized; empty when it is not known.
[[nodiscard]] std::string task_name(const Task& task);
/// "4711 postgres"; "4711" when its name is not known.
[[nodiscard]] std::string describe_task(const Task& task);

/// "seen 812 in 12345 samples, about 1040 exist, last new 12 s ago": allocation stacks.
[[nodiscard]] std::string describe_coverage(const Snapshot& snapshot);

/// "12 min ago".
[[nodiscard]] std::string describe_ago(KernelNs now, KernelNs then);

} // namespace kfence
