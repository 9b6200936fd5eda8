// SPDX-License-Identifier: Apache-2.0
// One record of kfence/objects.
#include <algorithm>
#include <array>
#include <limits>

#include "kernel/objects.h"
#include "kernel/scan.h"

namespace kfence {
namespace {

constexpr std::string_view kDestroyed = "<destroyed>";
constexpr std::string_view kAllocatedBy = "allocated by task ";
constexpr std::string_view kFreedBy = "freed by task ";
constexpr std::string_view kRcuFreeingBy = "rcu freeing by task ";
// "0x...-0x...", hashed: no longer than this, whatever the width of a pointer.
constexpr std::size_t kMaxRange = 64;

template <typename Number> bool narrow(std::optional<std::int64_t> value, Number& out) noexcept {
    if (!value || *value < std::numeric_limits<Number>::min() || *value > std::numeric_limits<Number>::max()) {
        return false;
    }
    out = static_cast<Number>(*value);
    return true;
}

/// Behind "... by task ": "P on cpu C at T (A ago):", everything after P optional.
bool parse_track_line(std::string_view line, ObjectTrack& track) noexcept {
    if (!narrow(take_signed(line), track.pid)) {
        return false;
    }
    if (skip_prefix(line, " on cpu ") && !narrow(take_signed(line), track.cpu)) {
        return false;
    }
    if (skip_prefix(line, " at ")) {
        track.at = take_seconds(line);
        if (!track.at || !skip_prefix(line, "s")) {
            return false;
        }
    }
    if (skip_prefix(line, " (")) {
        track.ago = take_seconds(line);
    }
    return line.ends_with(':');
}

/// The lines at the front of `text` that start with a blank.
std::string_view take_frames(std::string_view& text) noexcept {
    const std::string_view from_here = text;
    while (text.starts_with(' ')) {
        take_until(text, '\n');
    }
    const std::string_view frames = from_here.substr(0, from_here.size() - text.size());
    const bool none = frames.starts_with(" no allocation stack\n") || frames.starts_with(" no deallocation stack\n");
    return none ? std::string_view() : frames;
}

/// The cache's name at the front of `text`, and what ends it. A name is hostile: only what the kernel prints
/// behind it can tell where it ends.
std::optional<std::string_view> take_cache(std::string_view& text, bool bracketed) noexcept {
    const std::string_view end = bracketed ? "] allocated by task " : "\n\nallocated by task ";
    const auto at = text.find(end);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view name = text.substr(0, at);
    text.remove_prefix(at + end.size() - kAllocatedBy.size());
    return name == kDestroyed ? std::string_view() : name;
}

/// "[0xA-0xB, size=S, cache=C] " or "0xA-0xB, size=S, cache=C\n\n": what lies before the allocation's track.
bool parse_head(std::string_view& text, ObjectRecord& record) noexcept {
    const bool bracketed = skip_prefix(text, " [");
    if (!bracketed && !skip_prefix(text, ": ")) {
        return false;
    }
    const auto range = text.substr(0, kMaxRange).find(", size=");
    if (range == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(range);
    const auto size = skip_prefix(text, ", size=") ? take_unsigned(text) : std::nullopt;
    if (!size || *size > std::numeric_limits<std::uint32_t>::max() || !skip_prefix(text, ", cache=")) {
        return false;
    }
    record.size = static_cast<std::uint32_t>(*size);
    const auto cache = take_cache(text, bracketed);
    record.cache = cache.value_or("");
    return cache.has_value();
}

/// kfence_shutdown_cache() (mm/kfence/core.c) frees what is still allocated as a zombie, and its caller is then
/// the first frame that the kernel prints: a function of mm/slab_common.c.
bool freed_by_destruction(const ObjectRecord& record) noexcept {
    constexpr std::array<std::string_view, 4> kDestroyers = {"kmem_cache_destroy", "kmem_cache_release",
                                                             "shutdown_cache", "slab_caches_to_rcu_destroy_workfn"};
    std::string_view frame = record.free.frames;
    if (!record.cache.empty() || !skip_prefix(frame, " ")) {
        return false;
    }
    frame = frame.substr(0, frame.find_first_of("+.\n"));
    return std::ranges::find(kDestroyers, frame) != kDestroyers.end();
}

bool parse_tracks(std::string_view text, ObjectRecord& record) noexcept {
    bool allocated = false;
    while (!text.empty()) {
        std::string_view line = take_until(text, '\n');
        ObjectTrack* track = nullptr;
        if (skip_prefix(line, kAllocatedBy)) {
            allocated = true;
            track = &record.alloc;
        } else if (skip_prefix(line, kFreedBy)) {
            record.state = SlotState::kFreed;
            track = &record.free;
        } else if (skip_prefix(line, kRcuFreeingBy)) {
            record.state = SlotState::kRcuFreeing;
            track = &record.free;
        } else {
            continue; // the blank line between the two, and what later kernels may add
        }
        if (!parse_track_line(line, *track)) {
            return false;
        }
        track->frames = take_frames(text);
    }
    return allocated;
}

} // namespace

std::optional<ObjectRecord> parse_object(std::string_view text) noexcept {
    ObjectRecord record;
    // The pool has at most 65535 objects (lib/Kconfig.kfence).
    const auto slot = skip_prefix(text, "kfence-#") ? take_unsigned(text) : std::nullopt;
    if (!slot || *slot >= 65535 || !text.ends_with('\n')) {
        return std::nullopt;
    }
    record.slot = static_cast<Slot>(*slot);
    if (text.starts_with(" unused\n")) {
        return record;
    }
    record.state = SlotState::kAllocated;
    if (!parse_head(text, record) || !parse_tracks(text, record)) {
        return std::nullopt;
    }
    if (record.state == SlotState::kFreed && freed_by_destruction(record)) {
        record.state = SlotState::kZombie;
    }
    return record;
}

void each_frame(std::string_view frames, const std::function<void(std::string_view)>& visit) {
    while (!frames.empty()) {
        std::string_view line = take_until(frames, '\n');
        (void)skip_prefix(line, " ");
        visit(line);
    }
}

} // namespace kfence
