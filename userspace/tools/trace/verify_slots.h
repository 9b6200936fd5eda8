// SPDX-License-Identifier: Apache-2.0
// Whether the events of each slot can follow each other as they do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/trace_cursor.h"

namespace kfence {

/// The slots of one machine. Objects that a walk found before their events came, and slots whose events may have been
/// lost, are given the benefit of the doubt.
class SlotOrder {
public:
    /// What is wrong with this record, if anything; without the row's number.
    [[nodiscard]] std::optional<std::string> check(const TraceRecord& record);

private:
    struct Held {
        std::int64_t object = 0; ///< 0: none was seen yet
        KernelNs allocated_at = 0;
        KernelNs last = 0; ///< of its events
        bool alive = false;
        bool ended = false;       ///< by an event; a walk may have been faster
        std::uint64_t losses = 0; ///< seen when this was written
    };

    [[nodiscard]] std::optional<std::string> begin(const AllocEvent& event, std::int64_t object);
    [[nodiscard]] std::optional<std::string> go_on(Slot slot, KernelNs allocated_at, KernelNs time, std::int64_t object,
                                                   bool ends);
    void found(const SlotEvent& event, const TraceRecord& record);
    Held& at(Slot slot);
    [[nodiscard]] bool may_have_missed(const Held& held) const noexcept { return held.losses != losses_; }

    std::vector<Held> slots_;
    std::uint64_t losses_ = 0;
    std::uint32_t objects_ = 0; ///< of the pool; 0: no walk came yet
};

} // namespace kfence
