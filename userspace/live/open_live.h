// SPDX-License-Identifier: Apache-2.0
// The way in: a live source with the best backend that this kernel offers, or the one that was asked for.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "source/source.h"

namespace kfence {

struct LiveOptions {
    /// auto, tracepoint, fentry, kprobe or poll. auto takes the first of these that works.
    std::string backend = "auto";
    /// Size of the event ring, a power of two of at least a page; 0 is the default (2 MiB).
    std::size_t ring_bytes = 0;
    /// Where /sys and /proc are found; tests hand in a folder, which only the poll backend can use.
    std::string root = "/";
};

/// Opens a live source. Fails with kUnsupported, and with the reason and the remedy, where this kernel or
/// this user cannot; with kUsage for a backend that does not exist. What `auto` passed over is in
/// SourceInfo::blind of the source that it took.
Result<std::unique_ptr<Source>> open_live_source(const LiveOptions& options);

} // namespace kfence
