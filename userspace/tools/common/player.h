// SPDX-License-Identifier: Apache-2.0
// Takes a session over a recording to a moment of it, forwards or back.
#pragma once

#include <functional>
#include <utility>

#include "base/result.h"
#include "event/ids.h"
#include "source/timeline.h"
#include "tools/common/session.h"

namespace kfence {

class Player {
public:
    /// Asked on the way, which may be long; true: stay here.
    using Stop = std::function<bool()>;

    /// The source of the session must have a timeline, and the session must have been started.
    explicit Player(Session& session, Stop stop = nullptr)
        : session_(session), timeline_(*session.source().timeline()), stop_(std::move(stop)) {}

    /// Goes to the last moment that is not after `time`, with a refresh at each moment on the way (at some of them, on
    /// a long way), so that rates and history are what they were. Back means: once more from the beginning, which is
    /// exact.
    Result<void> go_to(KernelNs time);

    /// Goes on to the last moment that is not after `time`, with one refresh there: what a live view shows whose
    /// interval is so long, rates over all of it.
    Result<void> play_to(KernelNs time);

    /// The last way was given up: what is shown is of no moment.
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }
    [[nodiscard]] const Timeline& timeline() const noexcept { return timeline_; }
    [[nodiscard]] bool at_end() const noexcept { return timeline_.position() == timeline_.end(); }

private:
    Session& session_;
    Timeline& timeline_;
    Stop stop_;
    bool stopped_ = false;
};

} // namespace kfence
