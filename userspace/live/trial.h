// SPDX-License-Identifier: Apache-2.0
// Attaching for a moment, to see whether it works. Nothing is left behind: descriptors hold it all.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

namespace kfence {

/// How the kernel refused.
struct Refusal {
    int error = 0; ///< errno
    std::string_view what;
};

/// What would help, as far as `error` tells; `unsupported` is the answer to "not supported". Empty: nobody knows.
[[nodiscard]] std::string_view remedy_for(int error, std::string_view unsupported) noexcept;

/// A program that does nothing, on entry of the function with this id in the kernel's BTF.
std::expected<void, Refusal> try_fentry(std::uint32_t function_btf_id);

/// The same as a kprobe; `pmu_type` is /sys/bus/event_source/devices/kprobe/type.
std::expected<void, Refusal> try_kprobe(const char* function, std::uint32_t pmu_type);

/// Whether programs may ask for the cgroup of the current task: kernels without CONFIG_CGROUPS do not load such a call.
[[nodiscard]] bool has_cgroup_helper();

} // namespace kfence
