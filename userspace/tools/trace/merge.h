// SPDX-License-Identifier: Apache-2.0
// Many recordings in one file, in the order of wall time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace kfence {

/// Called now and then with the number of rows so far. False: give up.
using MergeProgress = std::function<bool(std::uint64_t rows)>;

struct Merged {
    std::uint64_t machines = 0;
    std::uint64_t events = 0;
    std::uint64_t lost = 0;
    std::uint64_t bytes = 0;
};

/// Creates `output`, which must not exist; it is there once it is whole, and not before. Each machine of each file
/// becomes a machine of its own, in this order. The rows of a machine keep their order, whatever its clock says.
[[nodiscard]] Result<Merged> merge_traces(const std::string& output, const std::vector<std::string>& inputs,
                                          const MergeProgress& progress);

} // namespace kfence
