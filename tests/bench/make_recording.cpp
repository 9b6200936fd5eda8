// SPDX-License-Identifier: Apache-2.0
// make_recording FILE EVENTS: a synthetic recording to measure with: a pool of 255 objects, short- and long-lived
// caches, two thousand stacks, processes that come and go. The same file for the same number.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <queue>
#include <random>
#include <string>

#include <fmt/format.h>

#include "store/writer.h"

namespace {

using namespace kfence;

constexpr std::uint32_t kObjects = 255;
constexpr KernelNs kSecond = 1'000'000'000;
constexpr KernelNs kInterval = 10'000'000;

struct Live {
    KernelNs end = 0;
    KernelNs allocated_at = 0;
    Slot slot = 0;
    StackId stack = kNoStack;
    Task task;
    friend bool operator>(const Live& a, const Live& b) { return a.end > b.end; }
};

class Workload {
public:
    explicit Workload(Names& names) {
        for (int i = 0; i < 40; ++i) {
            caches_.push_back(names.cache(fmt::format("cache-{}", i)));
        }
        for (int i = 0; i < 2000; ++i) {
            std::vector<std::string> frames{"kmem_cache_alloc_noprof+0x1a/0x2f0"};
            for (int depth = 0; depth < 12; ++depth) {
                frames.push_back(fmt::format("function_{}_{}+0x{:x}/0x400", depth, i % (7 * (depth + 1)), depth * 16));
            }
            stacks_.push_back(names.stack(frames));
        }
        for (Slot slot = 0; slot < kObjects; ++slot) {
            free_.push_back(slot);
        }
        for (Task& task : tasks_) {
            task = new_task();
        }
    }

    void step(KernelNs now, std::vector<Event>& out) {
        while (!live_.empty() && live_.top().end <= now) {
            const Live object = live_.top();
            live_.pop();
            FreeEvent end;
            end.time = object.end;
            end.allocated_at = object.allocated_at;
            end.slot = object.slot;
            end.stack = object.stack;
            end.task = object.task;
            out.emplace_back(end);
            free_.push_back(object.slot);
        }
        const std::size_t cache = pick(caches_.size());
        if (free_.empty()) {
            SkipEvent skip;
            skip.time = now;
            skip.cache = caches_[cache];
            skip.size = 64;
            skip.reason = SkipReason::kCapacity;
            out.emplace_back(skip);
            return;
        }
        std::size_t process = pick(tasks_.size());
        if (pick(20) == 0) {
            tasks_[process] = new_task();
        }
        AllocEvent alloc;
        alloc.time = now;
        alloc.slot = free_.front();
        free_.pop_front();
        alloc.size = static_cast<std::uint32_t>(16 + pick(1000));
        alloc.cache = caches_[cache];
        alloc.stack = stacks_[pick(stacks_.size())];
        alloc.task = tasks_[process];
        alloc.task.cpu = static_cast<std::int16_t>(pick(64));
        out.emplace_back(alloc);
        // Long-lived caches hold for minutes, the others for milliseconds.
        const double mean = cache < 2 ? 60e9 : 20e6;
        const double life = std::exponential_distribution<double>(1 / mean)(random_);
        live_.push({.end = now + 1000 + static_cast<KernelNs>(life),
                    .allocated_at = now,
                    .slot = alloc.slot,
                    .stack = alloc.stack,
                    .task = alloc.task});
    }

    [[nodiscard]] std::uint32_t held() const { return kObjects - static_cast<std::uint32_t>(free_.size()); }

private:
    std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
    Task new_task() {
        Task task{.pid = ++pid_, .tgid = pid_, .cgroup = 1 + pick(50), .comm = {'w', 'o', 'r', 'k'}, .cpu = 0};
        task.pid_ns = 4026531836;
        return task;
    }

    std::mt19937_64 random_{42};
    std::vector<CacheId> caches_;
    std::vector<StackId> stacks_;
    std::array<Task, 64> tasks_;
    std::int32_t pid_ = 1000;
    std::deque<Slot> free_;
    std::priority_queue<Live, std::vector<Live>, std::greater<>> live_;
};

/// True when all went well.
bool make(const std::string& path, std::uint64_t wanted) {
    Names names;
    Workload workload(names);
    auto writer = TraceWriter::create(path, [](std::uint64_t id) {
        return Cgroup{.kernel_id = id, .path = fmt::format("/system.slice/unit-{}.service", id)};
    });
    if (!writer) {
        fmt::print(stderr, "{}\n", writer.error().message);
        return false;
    }
    MachineInfo machine;
    machine.source.host = "synthetic";
    machine.source.kernel = "6.12.0";
    machine.source.backend = "fentry";
    machine.tool = "make_recording";
    machine.started = {.kernel = 100 * kSecond, .unix_ns = 1'700'000'000'000'000'000};
    bool good = writer->add_machine(machine).has_value();
    SettingsEvent settings;
    settings.time = 100 * kSecond;
    settings.sample_interval_ms = 10;
    settings.skip_covered_thresh = 75;
    settings.burst = 0;
    std::vector<Event> batch{WalkEvent{.time = 100 * kSecond, .objects = kObjects}, settings};
    CountersEvent counters;
    counters.enabled = true;
    counters.skip_capacity = 0;
    counters.skip_covered = 0;
    KernelNs now = 100 * kSecond;
    for (KernelNs next_sample = now; good && writer->totals().events + batch.size() < wanted;) {
        now += kInterval;
        workload.step(now, batch);
        if (batch.size() >= 1000 || now >= next_sample + kSecond) {
            good = writer->write(batch, names).has_value();
            batch.clear();
        }
        if (now >= next_sample + kSecond) {
            next_sample = now;
            counters.time = now;
            counters.allocs = writer->totals().allocs;
            counters.frees = writer->totals().frees;
            counters.allocated = workload.held();
            counters.skip_capacity = writer->totals().events - counters.allocs - counters.frees;
            batch.emplace_back(counters);
            good = good && writer->write(batch, names).has_value() &&
                   writer->sample(machine.started.unix_ns + static_cast<std::int64_t>(now - 100 * kSecond), true);
            batch.clear();
        }
    }
    good = good && writer->write(batch, names) &&
           writer->finish(std::array{std::optional(ClockAnchor{
               .kernel = now, .unix_ns = machine.started.unix_ns + static_cast<std::int64_t>(now - 100 * kSecond)})});
    fmt::print("{} events, {} bytes, {:.1f} bytes per event\n", writer->totals().events, writer->bytes(),
               static_cast<double>(writer->bytes()) / static_cast<double>(writer->totals().events));
    return good;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        fmt::print(stderr, "usage: make_recording FILE EVENTS\n");
        return 2;
    }
    return make(argv[1], std::strtoull(argv[2], nullptr, 10)) ? 0 : 1;
}
