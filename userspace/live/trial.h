// SPDX-License-Identifier: Apache-2.0
// Attaching for a moment, to see whether it works. Nothing is left behind: descriptors hold it all.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace kfence {

/// A program that does nothing, on entry of the function with this id in the kernel's BTF.
Result<void> try_fentry(std::uint32_t function_btf_id);

/// The same as a kprobe; `pmu_type` is /sys/bus/event_source/devices/kprobe/type.
Result<void> try_kprobe(const char* function, std::uint32_t pmu_type);

/// Whether programs may ask for the cgroup of the current task: kernels without CONFIG_CGROUPS do not load such a call.
[[nodiscard]] bool has_cgroup_helper();

} // namespace kfence
