// SPDX-License-Identifier: Apache-2.0
#include "live/slab_flags.h"

#include <utility>

#include "kernel/slab.h"

namespace kfence {

void SlabFlagWatch::scan(KernelNs now, Names& names, EventBatch& out) {
    if (last_ && now - *last_ < kPeriodNs) {
        return;
    }
    last_ = now;
    const auto flags = read_slab_flags(root_);
    if (!flags) {
        return; // no /sys/kernel/slab on this kernel: nothing can be set
    }
    std::set<std::string> skipped;
    for (const SlabFlag& flag : *flags) {
        if (flag.skip_kfence) {
            skipped.insert(flag.name);
        }
    }
    const auto report_missing = [&](const std::set<std::string>& from, const std::set<std::string>& in, bool skip) {
        for (const std::string& name : from) {
            if (!in.contains(name)) {
                out.emplace_back(CacheSkipEvent{.time = now, .cache = names.cache(name), .skip = skip});
            }
        }
    };
    report_missing(skipped, skipped_, true);
    report_missing(skipped_, skipped, false);
    skipped_ = std::move(skipped);
}

} // namespace kfence
