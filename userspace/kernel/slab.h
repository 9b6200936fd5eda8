// SPDX-License-Identifier: Apache-2.0
// /sys/kernel/slab: which caches KFENCE leaves alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kfence {

/// A cache under one of its names. Merged caches share one folder, ":<flags and size>", to which their names
/// are links (mm/slub.c create_unique_id(), 6.12), and so share the flag.
struct SlabFlag {
    std::string name;      ///< a real name as the kernel wrote it, not sanitized; hostile
    std::string shared_as; ///< the ":..." that it is a link to; empty for a cache of its own
    bool skip_kfence = false;
};

/// The caches with a skip_kfence file (Linux 6.1 and later), by name; empty on older kernels. The flag of a merged
/// cache is read once. Without /sys/kernel/slab (CONFIG_SLUB_TINY) this is kUnsupported.
/// Costs an open, a read and a close per cache (82 ms of CPU for 261 names under QEMU emulation, Linux 7.3): scan
/// rarely, sysfs announces no change of this file.
Result<std::vector<SlabFlag>> read_slab_flags(std::string_view root);

/// True when the caches of this kernel have a skip_kfence file, whether or not this user may read it.
[[nodiscard]] bool has_slab_flags(std::string_view root);

} // namespace kfence
