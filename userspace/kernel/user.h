// SPDX-License-Identifier: Apache-2.0
// What this process may do.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kfence {

/// Numbers of include/uapi/linux/capability.h that matter here.
enum class Capability : std::uint8_t {
    kDacOverride = 1,
    kDacReadSearch = 2,
    kSysAdmin = 21,
    kSyslog = 34,
    kPerfmon = 38, ///< Linux 5.8
    kBpf = 39,     ///< Linux 5.8
};
/// "CAP_BPF"
[[nodiscard]] std::string_view to_string(Capability capability) noexcept;

struct User {
    std::uint32_t uid = 0;          ///< effective
    std::uint64_t capabilities = 0; ///< effective, one bit each

    [[nodiscard]] bool has(Capability capability) const noexcept {
        return (capabilities >> static_cast<unsigned>(capability) & 1U) != 0;
    }
    /// CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON (kernel/capability.c perfmon_capable(), bpf_capable()).
    [[nodiscard]] bool may_trace() const noexcept;
    /// Those of `wanted` that are missing, with that rule.
    [[nodiscard]] std::vector<std::string_view> missing(std::initializer_list<Capability> wanted) const;
};

/// From /proc/self/status; nullopt when it cannot be read.
[[nodiscard]] std::optional<User> read_user(std::string_view root);

} // namespace kfence
