// SPDX-License-Identifier: Apache-2.0
// Where recorded events go: a trace file, or a stream of lines.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "event/event.h"
#include "event/names.h"
#include "store/writer.h"

namespace kfence {

class EventSink {
public:
    EventSink() = default;
    EventSink(const EventSink&) = delete;
    EventSink& operator=(const EventSink&) = delete;
    virtual ~EventSink() = default;

    /// In the order in which they came. The ids are those of `names`.
    virtual Result<void> write(std::span<const Event> events, const Names& names) = 0;
    /// Once per refresh, after its events. `settled` and `drifts` as for TraceWriter::sample().
    virtual Result<void> sample(const ClockAnchor& now, bool settled, std::uint64_t drifts) = 0;
    /// What was written is safe when it returns.
    virtual Result<void> commit() = 0;
    /// The end. Nothing comes after it.
    virtual Result<void> finish(const ClockAnchor& end) = 0;

    [[nodiscard]] virtual const WriterTotals& totals() const = 0;
    /// What it takes so far, bytes.
    [[nodiscard]] virtual std::uint64_t bytes() const = 0;
    /// Where it is, for people.
    [[nodiscard]] virtual std::string place() const = 0;
    /// Nobody takes any more: a quiet end.
    [[nodiscard]] virtual bool is_gone() const noexcept { return false; }
};

} // namespace kfence
