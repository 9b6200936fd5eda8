// SPDX-License-Identifier: Apache-2.0
// The machine and its kernel, and the switches that restrict what a tool may see.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kfence {

/// /sys/kernel/security/lockdown (security/lockdown/lockdown.c).
enum class Lockdown : std::uint8_t {
    kUnknown, ///< no such file: built without lockdown, or securityfs is not mounted
    kNone,
    kIntegrity,       ///< debugfs files that are 0400 or 0444 stay readable (fs/debugfs/file.c)
    kConfidentiality, ///< no kprobes, no tracefs, no reading of kernel memory from BPF
};
[[nodiscard]] std::string_view to_string(Lockdown lockdown) noexcept;
/// From "none [integrity] confidentiality".
[[nodiscard]] Lockdown parse_lockdown(std::string_view text) noexcept;

/// Texts are sanitized, and empty when they cannot be read; numbers are nullopt then.
struct Host {
    std::string name;
    std::string release; ///< "6.12.117+deb12-cloud-amd64"
    std::string machine; ///< "x86_64"
    std::string boot_id;
    std::optional<double> uptime_s;
    std::uint32_t numa_nodes = 1; ///< nodes online
    std::uint32_t page_size = 4096;
    Lockdown lockdown = Lockdown::kUnknown;
    std::optional<std::uint64_t> kptr_restrict;
    std::optional<std::int64_t> perf_event_paranoid;
    std::optional<std::uint64_t> unprivileged_bpf_disabled;
};

/// Never fails: what cannot be read stays unknown. The page size is that of the running process.
[[nodiscard]] Host read_host(std::string_view root);

/// How many numbers a list like "0-3,8" names; nullopt when it is not such a list.
[[nodiscard]] std::optional<std::uint32_t> count_list(std::string_view list) noexcept;

} // namespace kfence
