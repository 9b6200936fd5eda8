// SPDX-License-Identifier: Apache-2.0
// Raw records of bpf/kfence_abi.h -> events. Records are copied with a length check, so nothing points into
// ring memory afterwards; an unknown or short record is counted, never a crash and never silent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "event/event.h"
#include "event/names.h"
#include "live/clock_offset.h"

namespace kfence {

class Decoder {
public:
    /// `names` must outlive the decoder. `resolve` turns the address of a frame into text.
    Decoder(Names& names, Names::Resolver resolve);

    /// Appends the event of one record. Returns false, and counts it, when the record is not understood.
    bool decode(std::span<const std::byte> record, EventBatch& out);

    /// Records that were not understood since the last call.
    [[nodiscard]] std::uint64_t take_undecodable() noexcept;

    /// The clock as the records show it; the owner adds pairs of its own.
    [[nodiscard]] ClockOffset& clock() noexcept { return clock_; }

private:
    bool decode_alloc(std::span<const std::byte> record, EventBatch& out);
    bool decode_free(std::span<const std::byte> record, EventBatch& out);
    bool decode_skip(std::span<const std::byte> record, EventBatch& out);
    bool decode_report(std::span<const std::byte> record, EventBatch& out);
    bool decode_slot(std::span<const std::byte> record, EventBatch& out);
    StackId intern(std::span<const std::uint64_t> addresses);

    Names& names_;
    Names::Resolver resolve_;
    ClockOffset clock_;
    std::uint64_t undecodable_ = 0;
};

} // namespace kfence
