// SPDX-License-Identifier: Apache-2.0
// The skip_kfence flags as events: what is set at first, and what changes. sysfs announces no change, and a
// scan costs a few milliseconds, so it is done at most every ten seconds.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "event/event.h"
#include "event/names.h"

namespace kfence {

class SlabFlagWatch {
public:
    explicit SlabFlagWatch(std::string root) : root_(std::move(root)) {}

    /// Appends a CacheSkipEvent for each cache whose flag is not what it was at the last scan. A cache that
    /// is gone counts as not set.
    void scan(KernelNs now, Names& names, EventBatch& out);

private:
    static constexpr KernelNs kPeriodNs = 10'000'000'000;

    std::string root_;
    std::set<std::string> skipped_;
    std::optional<KernelNs> last_;
};

} // namespace kfence
