// SPDX-License-Identifier: Apache-2.0
// Records the same kernel with two backends at the same time, and compares what they say, event by event: per slot, in
// order, with cache, size, times, tasks and stacks; and the reports. Refusals are not compared: the backends differ in
// what they can tell of them. What was under way while one of the two came or went is left out.
//
// backend_compare BACKEND BACKEND SECONDS. Exit 0: all equal, and of every kind that the guest provoked; 1: not.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "frame_text.h"
#include "live/open_live.h"

namespace kfence {
namespace {

constexpr auto kPause = std::chrono::milliseconds(20);
constexpr std::size_t kBudget = 100'000;
constexpr KernelNs kMarginNs = 50'000'000;
constexpr std::size_t kShown = 20;

/// One event as text, with the time by which it is in the window or not.
struct Line {
    KernelNs time = 0;
    std::string text;
};

/// What one backend said: per slot, and the reports under kNoSlot.
using Record = std::map<Slot, std::vector<Line>>;

std::string stack_text(const Names& names, StackId id) {
    const Stack& stack = names.stack_of(id);
    std::string text;
    for (std::size_t i = stack.skip; i < stack.frames.size(); i++) {
        text += (text.empty() ? "" : " < ") + without_size(names.frame(stack, i));
    }
    return text;
}

std::string task_text(const Task& task) {
    return fmt::format("{}/{} cpu {} cgroup {}", task.pid, task.tgid, task.cpu, task.cgroup);
}

/// Appends the events that are compared; the others are of no interest here.
class Recorder {
public:
    Recorder(const Names& names, Record& record) : names_(names), record_(record) {}

    void operator()(const AllocEvent& e) {
        add(e.slot, e.time,
            fmt::format("alloc at {} size {} cache {} by {} from {}", e.time, e.size, names_.cache_name(e.cache),
                        task_text(e.task), stack_text(names_, e.stack)));
    }
    void operator()(const FreeEvent& e) {
        add(e.slot, e.time,
            fmt::format("free at {} of {}{} by {} from {}", e.time, e.allocated_at, e.rcu_deferred ? " rcu" : "",
                        task_text(e.task), stack_text(names_, e.stack)));
    }
    void operator()(const RcuFreeingEvent& e) {
        add(e.slot, e.time,
            fmt::format("rcu-freeing at {} of {} by {} from {}", e.time, e.allocated_at, task_text(e.task),
                        stack_text(names_, e.stack)));
    }
    void operator()(const ZombieEvent& e) { add(e.slot, e.time, fmt::format("zombie of {}", e.allocated_at)); }
    void operator()(const ReportEvent& e) {
        add(kNoSlot, e.time,
            fmt::format(
                "report {} {} slot {} cache {} size {} offset {} allocated {} freed {} by {} access {} alloc {} "
                "free {}",
                to_string(e.type), to_string(e.access), e.slot, names_.cache_name(e.cache), e.size, e.offset,
                e.allocated_at, e.freed_at, task_text(e.task), stack_text(names_, e.access_stack),
                stack_text(names_, e.alloc_stack), stack_text(names_, e.free_stack)));
    }
    template <typename Other> void operator()(const Other& /*unused*/) {}

private:
    void add(Slot slot, KernelNs time, std::string text) { record_[slot].push_back({time, std::move(text)}); }

    const Names& names_;
    Record& record_;
};

struct Side {
    std::unique_ptr<Source> source;
    Record record;
    std::uint64_t lost = 0;
};

Result<bool> drain(Side& side) {
    EventBatch batch;
    auto done = side.source->drain(batch, kBudget);
    if (!done) {
        return done;
    }
    if (auto state = side.source->read_state(batch); !state) {
        return std::unexpected(state.error());
    }
    Recorder recorder(side.source->names(), side.record);
    for (const Event& event : batch) {
        if (const auto* loss = std::get_if<LossEvent>(&event)) {
            side.lost += loss->count;
        }
        std::visit(recorder, event);
    }
    return done;
}

struct Window {
    KernelNs begin = 0;
    KernelNs end = 0;
};

/// The texts of a slot whose time is in the window. An event without a time of its own takes that of the one before.
std::vector<std::string> within(const std::vector<Line>& lines, const Window& window) {
    std::vector<std::string> texts;
    KernelNs time = 0;
    for (const Line& line : lines) {
        time = line.time != 0 ? line.time : time;
        if (time >= window.begin && time <= window.end) {
            texts.push_back(line.text);
        }
    }
    return texts;
}

struct Tally {
    std::uint64_t equal = 0;
    std::uint64_t differences = 0;
    std::map<std::string, std::uint64_t> kinds;
};

void compare_slot(Tally& tally, Slot slot, const std::vector<std::string>& a, const std::vector<std::string>& b) {
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); i++) {
        const std::string left = i < a.size() ? a[i] : "nothing";
        const std::string right = i < b.size() ? b[i] : "nothing";
        if (left == right) {
            tally.equal++;
            tally.kinds[left.substr(0, left.find(' '))]++;
        } else if (tally.differences++ < kShown) {
            fmt::print("slot {} event {}:\n  {}\n  {}\n", static_cast<std::int64_t>(slot), i, left, right);
        }
    }
}

Tally compare(const Record& a, const Record& b, const Window& window) {
    static const std::vector<Line> none;
    Tally tally;
    Record slots = a;
    slots.insert(b.begin(), b.end());
    for (const auto& [slot, unused] : slots) {
        const auto in_a = a.find(slot);
        const auto in_b = b.find(slot);
        compare_slot(tally, slot, within(in_a == a.end() ? none : in_a->second, window),
                     within(in_b == b.end() ? none : in_b->second, window));
    }
    return tally;
}

Result<Tally> run(const std::string& first, const std::string& second, double seconds) {
    Side sides[2];
    const std::string backends[] = {first, second};
    for (int i = 0; i < 2; i++) {
        auto source = open_live_source({.backend = backends[i], .ring_bytes = 0, .root = "/"});
        if (!source) {
            return std::unexpected(source.error());
        }
        sides[i].source = std::move(*source);
    }
    Window window{.begin = sides[0].source->now() + kMarginNs, .end = 0};
    fmt::print("recording\n");
    std::fflush(stdout);
    const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(kPause);
        for (Side& side : sides) {
            if (auto drained = drain(side); !drained) {
                return std::unexpected(drained.error());
            }
        }
    }
    window.end = sides[0].source->now() - kMarginNs;
    std::this_thread::sleep_for(kPause * 10);
    for (Side& side : sides) {
        for (bool all = false; !all;) {
            auto drained = drain(side);
            if (!drained) {
                return std::unexpected(drained.error());
            }
            all = *drained;
        }
    }
    for (int i = 0; i < 2; i++) {
        if (sides[i].lost != 0) {
            return fail(ErrorKind::kFailed,
                        fmt::format("{} lost {} events: nothing can be compared", backends[i], sides[i].lost));
        }
    }
    return compare(sides[0].record, sides[1].record, window);
}

} // namespace
} // namespace kfence

int main(int argc, char** argv) {
    if (argc != 4) {
        fmt::print(stderr, "usage: backend_compare BACKEND BACKEND SECONDS\n");
        return 2;
    }
    const auto tally = kfence::run(argv[1], argv[2], std::atof(argv[3]));
    if (!tally) {
        fmt::print(stderr, "backend_compare: {}\n", tally.error().message);
        return tally.error().exit_code();
    }
    fmt::print("{} events are equal, {} differ;", tally->equal, tally->differences);
    for (const auto& [kind, count] : tally->kinds) {
        fmt::print(" {} {}", kind, count);
    }
    fmt::print("\n");
    // Little that is equal is no agreement.
    return tally->differences == 0 && tally->equal > 100 ? 0 : 1;
}
