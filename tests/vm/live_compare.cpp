// SPDX-License-Identifier: Apache-2.0
// Compares the model with debugfs `objects`, slot by slot, on a live KFENCE kernel: cache, size, time of the
// allocation, age and top frames. Slots that changed while `objects` was read are left out of that round: an
// event of theirs came between the drain before and the drain after.
//
// live_compare BACKEND ROUNDS SECONDS_BETWEEN. Exit 0: all equal; 1: a difference, named on stdout.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "frame_text.h"
#include "kernel/objects.h"
#include "live/open_live.h"
#include "tools/common/session.h"

namespace kfence {
namespace {

constexpr std::int64_t kAgeToleranceNs = 10'000'000;
constexpr std::uint64_t kTextResolutionNs = 1'000;
constexpr std::size_t kFrames = 5;
constexpr auto kUnderWay = std::chrono::milliseconds(50);
constexpr int kSettleAttempts = 40;

struct Tally {
    std::uint64_t compared = 0;
    std::uint64_t older_than_tool = 0;
    std::uint64_t changed_meanwhile = 0;
    std::uint64_t unsettled_rounds = 0; ///< not compared
    std::uint64_t differences = 0;
    std::int64_t worst_clock_ns = 0; ///< of all rounds
};

std::uint64_t distance(std::uint64_t a, std::uint64_t b) {
    return a > b ? a - b : b - a;
}

void differ(Tally& tally, Slot slot, const std::string& what, const std::string& model, const std::string& kernel) {
    tally.differences++;
    fmt::print("slot {}: {} is {} in the model and {} in the kernel\n", slot, what, model, kernel);
}

/// The frames below the allocator, as the kernel prints them.
std::vector<std::string> top_frames(const Names& names, StackId id) {
    const Stack& stack = names.stack_of(id);
    std::vector<std::string> frames;
    for (std::size_t i = stack.skip; i < stack.frames.size() && frames.size() < kFrames; i++) {
        frames.push_back(without_size(names.frame(stack, i)));
    }
    return frames;
}

/// One record of `objects`, kept beyond the visit, with the model's time of the visit.
struct Seen {
    SlotState state = SlotState::kUnused;
    std::uint32_t size = 0;
    std::string cache;
    KernelNs allocated_at = 0;
    std::uint64_t age = 0;
    KernelNs visited_at = 0;
    std::vector<std::string> frames;
};

Seen keep(const ObjectRecord& record, KernelNs now) {
    Seen seen{.state = record.state,
              .size = record.size,
              .cache = sanitize(record.cache),
              .allocated_at = record.alloc.at.value_or(0),
              .age = record.alloc.ago.value_or(0),
              .visited_at = now,
              .frames = {}};
    each_frame(record.alloc.frames, [&](std::string_view frame) {
        if (seen.frames.size() < kFrames) {
            seen.frames.push_back(without_size(sanitize(frame)));
        }
    });
    return seen;
}

void compare_frames(Tally& tally, const Names& names, const ObjectUse& ours, const Seen& theirs) {
    const std::vector<std::string> frames = top_frames(names, ours.alloc_stack);
    for (std::size_t i = 0; i < kFrames; i++) {
        const std::string model = i < frames.size() ? frames[i] : "";
        const std::string kernel = i < theirs.frames.size() ? theirs.frames[i] : "";
        if (model != kernel) {
            differ(tally, ours.slot, fmt::format("frame {}", i), model, kernel);
        }
    }
}

void compare_object(Tally& tally, const Names& names, const ObjectUse& ours, const Seen& theirs) {
    tally.compared++;
    const std::string& cache = names.cache_name(ours.cache);
    if (cache != theirs.cache) {
        differ(tally, ours.slot, "the cache", cache, theirs.cache);
    }
    if (ours.size != theirs.size) {
        differ(tally, ours.slot, "the size", std::to_string(ours.size), std::to_string(theirs.size));
    }
    if (distance(ours.allocated_at, theirs.allocated_at) > kTextResolutionNs) {
        differ(tally, ours.slot, "the time", std::to_string(ours.allocated_at), std::to_string(theirs.allocated_at));
    }
    compare_frames(tally, names, ours, theirs);
}

/// The model's age of an object is its clock minus the time of the allocation, which was compared. So what is
/// left is the clock: the kernel printed each record with its time ("at X, Y ago"), a moment before it was
/// visited. The shortest of these moments bounds the error of the model's clock.
void compare_clock(Tally& tally, const std::unordered_map<Slot, Seen>& kernel) {
    std::int64_t shortest = std::numeric_limits<std::int64_t>::max();
    for (const auto& [slot, seen] : kernel) {
        if (seen.state != SlotState::kUnused) {
            const auto printed_at = static_cast<std::int64_t>(seen.allocated_at + seen.age);
            shortest = std::min(shortest, static_cast<std::int64_t>(seen.visited_at) - printed_at);
        }
    }
    tally.worst_clock_ns = std::max(tally.worst_clock_ns, std::abs(shortest));
    if (std::abs(shortest) > kAgeToleranceNs) {
        tally.differences++;
        fmt::print("ages: the model's clock is {} ns from the kernel's\n", shortest);
    }
}

bool is_live(SlotState state) {
    return state == SlotState::kAllocated || state == SlotState::kRcuFreeing;
}

/// Every slot that was ever used, in whatever state: an object that came and went in between left its time behind.
std::unordered_map<Slot, ObjectUse> all_objects(const Session& session) {
    std::unordered_map<Slot, ObjectUse> objects;
    for (const ObjectUse& object : session.model().snapshot({.max_stacks = 1, .objects = true}).objects) {
        objects.emplace(object.slot, object);
    }
    return objects;
}

bool same_object(const std::unordered_map<Slot, ObjectUse>& a, const std::unordered_map<Slot, ObjectUse>& b,
                 Slot slot) {
    const auto in_a = a.find(slot);
    const auto in_b = b.find(slot);
    if (in_a == a.end() || in_b == b.end()) {
        return in_a == a.end() && in_b == b.end();
    }
    return in_a->second.allocated_at == in_b->second.allocated_at && in_a->second.state == in_b->second.state;
}

/// Waits until the model and the kernel's counters are equal: then every event of what was read before has arrived.
/// (A record that another CPU has begun, and whose CPU the host took away, holds up those behind it.) False: not
/// within the time, or events were lost meanwhile, which the tool says itself.
Result<bool> settle(Session& session) {
    const std::uint64_t lost = session.model().snapshot({.max_stacks = 0, .objects = false}).losses.total();
    for (int attempt = 0; attempt < kSettleAttempts; attempt++) {
        std::this_thread::sleep_for(kUnderWay);
        if (auto refreshed = session.refresh(); !refreshed) {
            return std::unexpected(refreshed.error());
        }
        const Snapshot now = session.model().snapshot({.max_stacks = 0, .objects = false});
        if (now.losses.total() != lost) {
            return false;
        }
        if (now.drift.settled) {
            return true;
        }
    }
    return false;
}

Result<void> compare_round(Session& session, ObjectsReader& reader, KernelNs tool_start, Tally& tally) {
    if (auto refreshed = session.refresh(); !refreshed) {
        return refreshed;
    }
    const auto before = all_objects(session);
    std::unordered_map<Slot, Seen> kernel;
    const auto read = reader.walk(
        [&](const ObjectRecord& record) { kernel.emplace(record.slot, keep(record, session.source().now())); });
    if (!read) {
        return std::unexpected(read.error());
    }
    const auto settled = settle(session);
    if (!settled) {
        return std::unexpected(settled.error());
    }
    if (!*settled) {
        tally.unsettled_rounds++;
        return {};
    }
    const auto after = all_objects(session);
    compare_clock(tally, kernel);
    for (const auto& [slot, theirs] : kernel) {
        if (!same_object(before, after, slot)) {
            tally.changed_meanwhile++;
            continue;
        }
        const auto ours = after.find(slot);
        const bool live = ours != after.end() && is_live(ours->second.state);
        if (live != is_live(theirs.state)) {
            differ(tally, slot, "the state", live ? "live" : "not live", std::string(to_string(theirs.state)));
        } else if (live) {
            tally.older_than_tool += ours->second.allocated_at < tool_start ? 1 : 0;
            compare_object(tally, session.source().names(), ours->second, theirs);
        }
    }
    return {};
}

Result<Tally> run(const std::string& backend, int rounds, double seconds) {
    auto source = open_live_source({.backend = backend, .ring_bytes = 0, .root = "/"});
    if (!source) {
        return std::unexpected(source.error());
    }
    Session session(std::move(*source));
    if (auto started = session.start(); !started) {
        return std::unexpected(started.error());
    }
    auto reader = ObjectsReader::open("/");
    if (!reader) {
        return std::unexpected(reader.error());
    }
    const KernelNs start = session.source().now();
    Tally tally;
    for (int round = 0; round < rounds; round++) {
        std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
        if (auto compared = compare_round(session, *reader, start, tally); !compared) {
            return std::unexpected(compared.error());
        }
    }
    const Snapshot end = session.model().snapshot();
    if (end.drift.any()) {
        fmt::print("at the end the model differs from the kernel's counters\n");
        tally.differences++;
    }
    // A tool that mostly cannot compare has not shown anything.
    if (tally.unsettled_rounds > static_cast<std::uint64_t>(rounds) / 2) {
        fmt::print("{} of {} rounds could not be compared\n", tally.unsettled_rounds, rounds);
        tally.differences++;
    }
    return tally;
}

} // namespace
} // namespace kfence

int main(int argc, char** argv) {
    if (argc != 4) {
        fmt::print(stderr, "usage: live_compare BACKEND ROUNDS SECONDS\n");
        return 2;
    }
    const auto tally = kfence::run(argv[1], std::atoi(argv[2]), std::atof(argv[3]));
    if (!tally) {
        fmt::print(stderr, "live_compare: {}\n", tally.error().message);
        return tally.error().exit_code();
    }
    fmt::print("compared {} objects, {} of them older than the tool; {} slots changed meanwhile, {} rounds left out; "
               "ages to {:.3f} ms; {} differences\n",
               tally->compared, tally->older_than_tool, tally->changed_meanwhile, tally->unsettled_rounds,
               static_cast<double>(tally->worst_clock_ns) / 1e6, tally->differences);
    // Nothing compared is no agreement.
    return tally->differences == 0 && tally->compared > 0 && tally->older_than_tool > 0 ? 0 : 1;
}
