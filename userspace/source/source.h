// SPDX-License-Identifier: Apache-2.0
// Where events come from. Live, replayed and simulated sources look the same from above.
#pragma once

#include <cstddef>

#include "base/result.h"
#include "event/event.h"
#include "event/names.h"
#include "event/source_info.h"
#include "source/timeline.h"

namespace kfence {

class Source {
public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    [[nodiscard]] virtual const SourceInfo& info() const noexcept = 0;

    /// The table that the ids in the events refer to. Lives as long as the source.
    [[nodiscard]] virtual Names& names() noexcept = 0;

    /// A descriptor that becomes readable when drain() has something, or -1: then call drain() at will.
    [[nodiscard]] virtual int wait_fd() const noexcept = 0;

    /// Appends what has arrived, at most about `max_events`. Never blocks.
    /// Returns true when everything that had arrived was delivered.
    virtual Result<bool> drain(EventBatch& out, std::size_t max_events) = 0;

    /// Appends the counters. Cheap; called after drain(), and again when they did not match the model.
    virtual Result<void> read_counters(EventBatch& out) = 0;

    /// Appends losses, settings and skip flags that changed since the last call. Once per refresh.
    virtual Result<void> read_state(EventBatch& out) = 0;

    /// Appends the pool as it stands, one SlotEvent per slot that was ever used and a WalkEvent at the end.
    virtual Result<void> walk(EventBatch& out) = 0;

    /// The kernel's clock now, as well as this source knows it. For a live source: local_clock().
    [[nodiscard]] virtual KernelNs now() = 0;

    /// The path of a cgroup by `Task::cgroup` of this source's events, sanitized; empty when this source does not know
    /// it: for a live one the kernel does, as long as the cgroup is there.
    [[nodiscard]] virtual std::string cgroup_path(std::uint64_t /*id*/) { return {}; }

    /// Where time goes on only when it is told to; nullptr for a source that is live.
    [[nodiscard]] virtual Timeline* timeline() noexcept { return nullptr; }

    /// True when nothing more will come (a replay that ended).
    [[nodiscard]] virtual bool finished() const noexcept { return false; }
};

} // namespace kfence
