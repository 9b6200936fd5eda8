// SPDX-License-Identifier: Apache-2.0
#include "tools/common/pulse.h"

#include <algorithm>

namespace kfence {

Result<Ready> Pulse::wait(Clock::time_point deadline) {
    while (true) {
        const bool may_pump = Clock::now() >= pacer_.next();
        set_.source = may_pump ? source_fd_ : -1;
        const auto wake = may_pump || source_fd_ < 0 ? deadline : std::min(deadline, pacer_.next());
        const Result<Ready> ready = wait_until(set_, wake);
        if (!ready) {
            return ready;
        }
        if (ready->source) {
            const auto begin = Clock::now();
            if (const Result<void> pumped = session_.pump(); !pumped) {
                return std::unexpected(pumped.error());
            }
            pacer_.pumped(begin, Clock::now());
        }
        if (ready->signals || ready->keyboard || ready->reader_gone || Clock::now() >= deadline) {
            return ready;
        }
    }
}

} // namespace kfence
