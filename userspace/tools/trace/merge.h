// SPDX-License-Identifier: Apache-2.0
// Many recordings in one file, in the order of wall time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace kfence {

/// Called now and then with the number of rows so far.
using MergeProgress = std::function<void(std::uint64_t rows)>;

struct Merged {
    std::uint64_t machines = 0;
    std::uint64_t events = 0;
    std::uint64_t lost = 0;
    std::uint64_t bytes = 0;
};

/// Creates `output`, which must not exist; it is removed again after an error. Each machine of each file becomes a
/// machine of its own, in this order. The rows of a machine keep their order, whatever its clock says.
[[nodiscard]] Result<Merged> merge_traces(const std::string& output, const std::vector<std::string>& inputs,
                                          const MergeProgress& progress);

} // namespace kfence
