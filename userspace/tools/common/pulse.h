// SPDX-License-Identifier: Apache-2.0
// The heart of both loops: waits for what concerns the user, and feeds the model meanwhile.
#pragma once

#include "tools/common/session.h"
#include "tools/common/wait.h"

namespace kfence {

class Pulse {
public:
    /// `set` without a source. The session must outlive the pulse.
    Pulse(Session& session, WaitSet set) noexcept
        : session_(session), set_(set), source_fd_(session.source().wait_fd()) {}

    /// Returns at `deadline`, or as soon as something else than the source is ready.
    [[nodiscard]] Result<Ready> wait(Clock::time_point deadline);

private:
    Session& session_;
    WaitSet set_;
    int source_fd_;
    PumpPacer pacer_;
};

} // namespace kfence
