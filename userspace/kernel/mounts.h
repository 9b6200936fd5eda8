// SPDX-License-Identifier: Apache-2.0
// Which of the file systems that the tools need are mounted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kfence {

struct Mount {
    std::string path; ///< where it is mounted, as seen by this process; not sanitized
    std::string type; ///< "debugfs", "tracefs", ...
};

/// /proc/self/mounts; empty when it cannot be read. Octal escapes are undone (proc(5)).
[[nodiscard]] std::vector<Mount> read_mounts(std::string_view root);

/// Parses the text of that file; lines that are not mounts are skipped.
[[nodiscard]] std::vector<Mount> parse_mounts(std::string_view text);

[[nodiscard]] bool is_mounted(const std::vector<Mount>& mounts, std::string_view type, std::string_view path);

} // namespace kfence
