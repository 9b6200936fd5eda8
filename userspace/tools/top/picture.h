// SPDX-License-Identifier: Apache-2.0
// A snapshot with what it takes to show it.
#pragma once

#include <cstdint>
#include <optional>

#include "tools/common/session.h"
#include "view/view_input.h"

namespace kfence {

struct Picture {
    Snapshot snapshot;
    WallAnchor anchor;
    double silent_s = 0;
    bool has_objects = false; ///< Snapshot::objects is filled
    /// The names as they were, for a picture that is held: the source may give ids of stacks that nothing uses
    /// any more to others.
    std::optional<Names> names;
};

/// Takes the pictures of one session.
class Camera {
public:
    explicit Camera(Session& session) noexcept : session_(session) {}

    /// After each refresh, whether it is shown or not.
    [[nodiscard]] Picture take(bool objects = false);
    /// The session went back in time.
    void forget() noexcept {
        attempts_ = 0;
        last_attempt_ = 0;
    }

private:
    /// Notes whether the gate was used since the picture before.
    void watch_gate(const Snapshot& snapshot);

    Session& session_;
    std::uint64_t attempts_ = 0;
    KernelNs last_attempt_ = 0;
};

/// Valid for as long as both live. The uptime is that of the kernel's clock, which may leave out suspends.
[[nodiscard]] ViewInput input_of(const Picture& picture, Session& session);

/// What was lost so far.
[[nodiscard]] Losses losses_of(const Session& session);

/// Says on stderr which events were lost, if any. Returns the exit code that this makes.
[[nodiscard]] int conclude(const Losses& losses, bool fail_on_loss);

} // namespace kfence
