// SPDX-License-Identifier: Apache-2.0
// From the id of a cgroup to its path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace kfence {

class CgroupPaths {
public:
    /// Finds the cgroup v2 hierarchy (cgroup2 in /proc/self/mounts). Without one every path is empty.
    explicit CgroupPaths(std::string_view root);

    /// The path below the root of the hierarchy, "/" for the root itself, sanitized. Empty when the cgroup is gone, or
    /// when this user lacks CAP_DAC_READ_SEARCH. `id` is what bpf_get_current_cgroup_id() gives: the id of its kernfs
    /// node, and the file handle of its folder (kernfs_encode_fh() of fs/kernfs/mount.c, 5.12 to 7.3).
    [[nodiscard]] std::string path(std::uint64_t id) const;

private:
    std::string mount_;
    UniqueFd fd_;
};

} // namespace kfence
