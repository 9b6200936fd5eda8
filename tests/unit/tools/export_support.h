// SPDX-License-Identifier: Apache-2.0
// Exports of recordings with literal events, and readers of what comes out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "../store/support.h"
#include "tools/trace/export_options.h"

namespace kfence::test {

/// The writer of a new recording, of one machine unless more are added.
class Story {
public:
    explicit Story(const std::string& path) : path_(path), writer_(writer(path)) {}

    Names& names() noexcept { return names_; }
    TraceWriter& rows() noexcept { return writer_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// A stack of frames, innermost first.
    StackId stack(const std::vector<std::string>& frames) { return names_.stack(frames); }
    Story& write(const std::vector<Event>& events, std::int64_t machine = 1);
    /// Counters of the kernel at this second.
    Story& sample(KernelNs second, std::uint64_t allocated);
    /// Every machine ends at this second of its clock.
    void end(KernelNs second, std::size_t machines = 1);

private:
    std::string path_;
    Names names_;
    TraceWriter writer_;
};

/// An allocation at a second.
[[nodiscard]] AllocEvent alloc(KernelNs second, Slot slot, CacheId cache, StackId stack = kNoStack);
/// The end at a second of what was allocated at another.
[[nodiscard]] FreeEvent end_of(KernelNs allocated, Slot slot, KernelNs second);
/// What a walk at a second finds in a slot.
[[nodiscard]] SlotEvent found(KernelNs second, Slot slot, SlotState state, CacheId cache, KernelNs allocated,
                              KernelNs freed = 0);

/// What export writes. Fails the test when it does not.
[[nodiscard]] std::string exported(const std::string& path, ExportTable table, ExportFormat format,
                                   ExportOptions options = {});

using Cells = std::vector<std::string>;
/// By RFC 4180. Fails the test for a line that does not end in CRLF, and for rows of different lengths.
[[nodiscard]] std::vector<Cells> parse_csv(const std::string& text);
/// One column, below its header.
[[nodiscard]] Cells column(const std::vector<Cells>& table, const std::string& name);
[[nodiscard]] std::vector<nlohmann::json> parse_lines(const std::string& text);

} // namespace kfence::test
