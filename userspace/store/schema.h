// SPDX-License-Identifier: Apache-2.0
// The schema of a recording, as docs/trace-file.md describes it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kfence {

inline constexpr std::int64_t kApplicationId = 0x4b46544c; ///< "KFTL"
inline constexpr std::int64_t kSchemaVersion = 1;

/// Column `kind` of table events. The numbers are in files: never change one.
enum class TraceKind : std::int64_t { kAlloc = 0, kFree = 1, kRcuFreeing = 2, kRcuFree = 3, kZombie = 4 };
inline constexpr std::int64_t kTraceKinds = 5;

/// Column `origin` of table slots: why the row is there.
enum class SlotOrigin : std::int64_t {
    kAgain = 0,    ///< a walk found something else than the rows before say; the object is known, or there is none
    kWalk = 1,     ///< a walk found an object for the first time
    kEnd = 2,      ///< the first that is known of an object is its end, which is the next row of its slot in events
    kKeyframe = 3, ///< repeats what the rows before say
};
inline constexpr std::int64_t kSlotOrigins = 4;

/// Everything that a new file has, but application_id and user_version.
extern const char* const kSchema;

/// What only a recording with raw addresses has. No reader of ours needs it.
extern const char* const kAddressTable;

/// No time in a file is later: then it is damaged.
inline constexpr std::int64_t kMostTraceTime = std::int64_t{1} << 62U;

/// All tables, for a check that a file has them.
inline constexpr std::array<std::string_view, 17> kTables = {
    "meta",  "machines", "caches", "frames",   "stacks",      "stack_frames", "cgroups", "tasks",  "events",
    "slots", "walks",    "skips",  "settings", "cache_skips", "stats",        "losses",  "reports"};

} // namespace kfence
