// SPDX-License-Identifier: Apache-2.0
// The lesser live source, on debugfs alone: no BPF, no BTF, no symbols, and no lockdown that forbids it. What
// happens between two walks is not seen, but for the kernel's counters.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "source/source.h"

namespace kfence {

/// CLOCK_MONOTONIC in nanoseconds; a test hands in its own.
using MonotonicClock = std::function<std::uint64_t()>;

/// Objects are identified by their slot and the time of their allocation as debugfs prints it, in microseconds.
/// Kernels before 5.16 print no times: there an object is as old as the first walk that saw it.
/// kUnsupported when debugfs is not mounted, when this user may not read it, and while KFENCE was never on.
Result<std::unique_ptr<Source>> open_poll_source(const std::string& root, MonotonicClock clock = {});

} // namespace kfence
