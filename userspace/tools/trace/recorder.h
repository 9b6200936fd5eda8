// SPDX-License-Identifier: Apache-2.0
// The loop of a recording: from a session to a sink, until it is time to end.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "tools/common/session.h"
#include "tools/common/signals.h"
#include "tools/trace/event_sink.h"
#include "tools/trace/record_child.h"
#include "tools/trace/record_options.h"

namespace kfence {

/// CLOCK_REALTIME and the clock of the source, now.
[[nodiscard]] ClockAnchor clock_now(Source& source);

class Recorder {
public:
    /// `session` reads from a TeeSource that writes to `sink`. `signals` also has SIGCHLD.
    Recorder(Session& session, EventSink& sink, SignalFd& signals, const RecordOptions& options) noexcept
        : session_(session), sink_(sink), signals_(signals), options_(options) {}

    /// Starts the session, records, and finishes the sink. After an error what was recorded is finished as far as the
    /// sink still takes it.
    Result<void> run();

    [[nodiscard]] double seconds() const noexcept { return seconds_; }
    /// nullopt: there was no program to run.
    [[nodiscard]] const std::optional<RecordChild>& child() const noexcept { return child_; }

private:
    Result<void> begin();
    Result<void> record();
    Result<void> refresh();
    Result<bool> settle_at_the_end();
    void take_signals();
    void show_progress();
    void clear_progress();

    Session& session_;
    EventSink& sink_;
    SignalFd& signals_;
    const RecordOptions& options_;
    std::optional<RecordChild> child_;
    double seconds_ = 0;
    bool done_ = false;
    bool shows_progress_ = false;
};

} // namespace kfence
