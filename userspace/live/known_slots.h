// SPDX-License-Identifier: Apache-2.0
// What the last walk of debugfs found in each slot: an object that is there still need not be taken apart again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "event/event.h"
#include "event/names.h"
#include "kernel/objects.h"

namespace kfence {

class KnownSlots {
public:
    /// `names` must outlive this.
    explicit KnownSlots(Names& names) : names_(names) {}

    /// Call before each walk: stacks that were forgotten since the last one are not believed any more.
    void begin_walk();
    void end_walk();

    /// The event of a slot that is in use or was. `now` stands for the times that the kernel did not print.
    SlotEvent event_of(const ObjectRecord& record, KernelNs now);

    /// The slot was never used.
    void clear(Slot slot);

private:
    struct Known {
        KernelNs allocated_at = 0;
        KernelNs freed_at = 0;
        std::uint64_t fingerprint = 0; ///< of what the kernel printed, where it printed no times
        StackId alloc_stack = kNoStack;
        StackId free_stack = kNoStack;
        bool used = false;
        bool stacks = false; ///< the ids are good
    };

    Known& at(Slot slot);
    StackId intern(std::string_view frames);
    [[nodiscard]] static KernelNs allocation_time(const ObjectRecord& record, const Known& known, KernelNs now);
    [[nodiscard]] static KernelNs free_time(const ObjectRecord& record, const Known& known, bool same, KernelNs now);

    Names& names_;
    std::vector<Known> slots_;
    std::vector<std::string> frames_;
    std::size_t stacks_after_walk_ = 0;
};

} // namespace kfence
