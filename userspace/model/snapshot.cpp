// SPDX-License-Identifier: Apache-2.0
#include "model/snapshot.h"

#include <numeric>

namespace kfence {

std::uint64_t Losses::total() const noexcept {
    return std::accumulate(by_cause.begin(), by_cause.end(), std::uint64_t{0});
}

} // namespace kfence
