// SPDX-License-Identifier: Apache-2.0
// Paths of cgroups, whatever the source.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "kernel/cgroups.h"
#include "source/source.h"

namespace kfence {

class CgroupNames {
public:
    /// `source` must live as long. For one that is live the kernel of this machine is asked.
    explicit CgroupNames(Source& source) : source_(source), kernel_("/") {}

    /// By `Task::cgroup`; empty when it is gone, or not known. Asked once for each, while it is there.
    [[nodiscard]] const std::string& path(std::uint64_t id);

private:
    Source& source_;
    CgroupPaths kernel_;
    std::unordered_map<std::uint64_t, std::string> known_;
};

} // namespace kfence
