// SPDX-License-Identifier: Apache-2.0
// A live source on BPF programs: events from the rings, the pool from a walk of the metadata, counters and
// settings from the kernel's files.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "live/bpf_backend.h"
#include "source/source.h"

namespace kfence {

/// `backend` is tracepoint, fentry or kprobe; `ring_bytes` 0 for the default.
Result<std::unique_ptr<Source>> open_bpf_source(const std::string& backend, std::size_t ring_bytes);

} // namespace kfence
