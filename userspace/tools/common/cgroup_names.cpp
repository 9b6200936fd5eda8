// SPDX-License-Identifier: Apache-2.0
#include "tools/common/cgroup_names.h"

namespace kfence {
namespace {

constexpr std::size_t kMostKnown = 10'000;

} // namespace

const std::string& CgroupNames::path(std::uint64_t id) {
    if (known_.size() > kMostKnown) {
        known_.clear();
    }
    const auto [entry, is_new] = known_.try_emplace(id);
    if (is_new && id != 0) {
        entry->second = source_.cgroup_path(id);
        if (entry->second.empty() && source_.timeline() == nullptr) {
            entry->second = kernel_.path(id);
        }
    }
    return entry->second;
}

} // namespace kfence
