// SPDX-License-Identifier: Apache-2.0
// debugfs kfence/objects: one text record per slot, in the formats that it had (mm/kfence/report.c
// kfence_print_object()):
//   5.12  kfence-#N [0xA-0xB, size=S, cache=C] allocated by task P:    no cpu and no times
//   5.16  kfence-#N: 0xA-0xB, size=S, cache=C, then "allocated by task P on cpu N at S.UUUUUUs:"
//   6.12  the same with "(S.UUUUUUs ago)" after the time, and "rcu freeing by task" for an object that waits for a
//         grace period; 7.3 is the same
// Parsed by field and not by column. Addresses are hashed by %p and carry nothing, so they are not read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "event/event.h"

namespace kfence {

inline constexpr std::string_view kObjectsPath = "/sys/kernel/debug/kfence/objects";

/// Who allocated or freed an object, when and from where.
struct ObjectTrack {
    std::int32_t pid = 0;
    std::int16_t cpu = -1;            ///< -1: this format does not say
    std::optional<KernelNs> at;       ///< local_clock(), cut to microseconds
    std::optional<std::uint64_t> ago; ///< ns before the record was printed, cut to microseconds
    /// The frames that the kernel printed, innermost first, one to a line with a blank before it; without those
    /// of the allocator. Hostile. See each_frame().
    std::string_view frames;
};

/// One slot. The views point into the reader's buffer, and are valid only during the visit.
struct ObjectRecord {
    Slot slot = kNoSlot;
    /// kZombie is concluded: the object was freed by the destruction of its cache, as its free stack shows.
    SlotState state = SlotState::kUnused;
    std::uint32_t size = 0;
    std::string_view cache; ///< hostile; empty when the cache was destroyed
    ObjectTrack alloc;
    ObjectTrack free; ///< of kFreed, kRcuFreeing and kZombie
};

/// One record, with or without its separator line. nullopt when it is not one, or was cut.
[[nodiscard]] std::optional<ObjectRecord> parse_object(std::string_view text) noexcept;

/// Calls `visit` with the text of each frame: "symbol+0xoff/0xsize [module]".
void each_frame(std::string_view frames, const std::function<void(std::string_view)>& visit);

using ObjectVisitor = std::function<void(const ObjectRecord&)>;

/// What a whole reading brought.
struct ObjectsSummary {
    std::uint32_t objects = 0;   ///< size of the pool: the highest slot and one
    std::uint32_t malformed = 0; ///< records that could not be understood, one cut at the end included
};

/// Cuts the text into records as it comes in.
class ObjectsStream {
public:
    explicit ObjectsStream(ObjectVisitor visit) : visit_(std::move(visit)) {}

    void feed(std::span<const char> text);
    /// After the last piece.
    ObjectsSummary finish();

private:
    void record(std::string_view text);
    std::size_t consume(std::string_view text);

    ObjectVisitor visit_;
    std::vector<char> pending_;
    bool oversized_ = false;
    ObjectsSummary summary_;
};

/// `objects`, kept open.
class ObjectsReader {
public:
    /// kUnsupported when there is no such file; it appears when KFENCE is on for the first time.
    static Result<ObjectsReader> open(std::string_view root);

    /// Visits every slot in order, as it was at some moment during the call.
    Result<ObjectsSummary> walk(ObjectVisitor visit);

private:
    ObjectsReader(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    UniqueFd fd_;
    std::string path_;
};

} // namespace kfence
