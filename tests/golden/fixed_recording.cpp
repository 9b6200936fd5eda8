// SPDX-License-Identifier: Apache-2.0
#include "fixed_recording.h"

#include <array>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "../unit/store/support.h"

namespace kfence::test {
namespace {

constexpr KernelNs kMs = 1'000'000;
constexpr KernelNs kStart = 100 * kSecond;
constexpr std::uint32_t kObjects = 10;

/// Events of one machine; times count from the start.
class Script {
public:
    Script(const std::string& path, const std::string& kernel, std::uint64_t interval_ms, std::string offset)
        : writer_(make(path, kernel)), offset_(std::move(offset)) {
        settings_.time = kStart;
        settings_.sample_interval_ms = interval_ms;
        settings_.skip_covered_thresh = 75;
        settings_.burst = 0;
        settings_.deferrable = false;
        // There before the recording: a dentry, half an hour old.
        write(SlotEvent{.time = kStart,
                        .slot = 9,
                        .state = SlotState::kAllocated,
                        .size = 192,
                        .cache = names_.cache("dentry"),
                        .allocated_at = 7 * kSecond,
                        .freed_at = 0,
                        .alloc_stack = stack({"d_alloc", "d_alloc_parallel", "__lookup_slow"}, true),
                        .free_stack = kNoStack,
                        .task = {.pid = 3}});
        write(WalkEvent{.time = kStart, .objects = kObjects});
        write(settings_);
        counters_.enabled = true;
        counters_.allocated = 1;
        counters_.allocs = 500;
        counters_.frees = 499;
        counters_.skip_incompatible = 7;
        counters_.skip_capacity = 0;
        counters_.skip_covered = 0;
    }

    void alloc(KernelNs at, Slot slot, const std::string& cache, const std::vector<std::string>& functions) {
        const KernelNs time = kStart + at;
        began_[slot] = time;
        ++counters_.allocs;
        ++counters_.allocated;
        write(AllocEvent{.time = time,
                         .slot = slot,
                         .size = 64,
                         .cache = names_.cache(cache),
                         .stack = stack(functions, true),
                         .task = task()});
    }

    void free(KernelNs at, Slot slot) {
        ++counters_.frees;
        --counters_.allocated;
        write(FreeEvent{.time = kStart + at,
                        .allocated_at = began_[slot],
                        .slot = slot,
                        .stack = stack({"foo_put"}, false),
                        .task = task(),
                        .rcu_deferred = false});
    }

    void refuse(KernelNs at, const std::string& cache, SkipReason reason) {
        ++*(reason == SkipReason::kCapacity ? counters_.skip_capacity : counters_.skip_covered);
        write(SkipEvent{.time = kStart + at, .cache = names_.cache(cache), .size = 64, .reason = reason, .count = 1});
    }

    void use_after_free(KernelNs at, Slot slot, KernelNs freed_at) {
        ++counters_.bugs;
        ReportEvent report;
        report.time = kStart + at;
        report.type = ReportType::kUseAfterFree;
        report.access = Access::kRead;
        report.slot = slot;
        report.cache = names_.cache("sctp_ep");
        report.size = 64;
        report.allocated_at = began_[slot];
        report.freed_at = kStart + freed_at;
        report.access_stack = stack({"sctp_assoc_free", "sctp_close"}, false);
        write(report);
    }

    void interval(KernelNs at, std::uint64_t ms) {
        settings_.time = kStart + at;
        settings_.sample_interval_ms = ms;
        write(settings_);
    }

    void count(KernelNs at) {
        counters_.time = kStart + at;
        write(counters_);
        check(writer_.sample(0, true));
    }

    void finish(KernelNs at) {
        check(writer_.finish(std::array{std::optional(ClockAnchor{.kernel = kStart + at, .unix_ns = 0})}));
    }

private:
    static TraceWriter make(const std::string& path, const std::string& kernel) {
        auto out = TraceWriter::create(
            path, [](std::uint64_t id) { return Cgroup{.kernel_id = id, .path = "/system.slice/a.service"}; });
        check(out);
        MachineInfo info = machine();
        info.source.kernel = kernel;
        info.source.blind.clear();
        check(out->add_machine(info));
        return std::move(*out);
    }

    template <typename T> static void check(const Result<T>& result) {
        if (!result) {
            throw std::runtime_error(result.error().message);
        }
    }

    static Task task() { return {.pid = 12, .tgid = 12, .cgroup = 77, .comm = {'f', 'i', 'n', 'd'}, .cpu = 1}; }

    StackId stack(const std::vector<std::string>& functions, bool allocates) {
        std::vector<std::string> frames;
        if (allocates) {
            frames.push_back("kmem_cache_alloc_noprof" + offset_);
        }
        for (const std::string& function : functions) {
            frames.push_back(function + offset_);
        }
        return names_.stack(frames, allocates ? 1 : 0);
    }

    void write(const Event& event) { check(writer_.write(std::span(&event, 1), names_)); }

    Names names_;
    TraceWriter writer_;
    std::string offset_;
    SettingsEvent settings_;
    CountersEvent counters_;
    std::map<Slot, KernelNs> began_;
};

const std::vector<std::string> kDentry = {"d_alloc", "d_alloc_parallel", "__lookup_slow"};
const std::vector<std::string> kInode = {"alloc_inode", "iget_locked", "ext4_iget"};
const std::vector<std::string> kSocket = {"sctp_endpoint_new", "sctp_init_sock"};

} // namespace

void record_before(const std::string& path) {
    Script script(path, "6.12.117", 100, "+0x1a/0x200");
    script.count(0);
    for (Slot slot = 0; slot < 6; ++slot) { // fills up, and stays
        script.alloc((5 + 5 * slot) * kSecond, slot, slot % 3 == 2 ? "ext4_inode_cache" : "dentry",
                     slot % 3 == 2 ? kInode : kDentry);
    }
    for (KernelNs i = 0; i < 20; ++i) { // comes and goes, until there is no room
        const KernelNs at = (32 + i) * kSecond;
        const Slot slot = 6 + static_cast<Slot>(i % 3);
        script.alloc(at, slot, "sctp_ep", kSocket);
        script.free(at + (i + 1) * 20 * kMs, slot);
        if (i == 4 || i == 9) {
            script.use_after_free(at + (i + 1) * 20 * kMs + 12 * kMs, slot, at + (i + 1) * 20 * kMs);
        }
    }
    script.count(60 * kSecond);
    for (Slot slot = 6; slot < 9; ++slot) {
        script.alloc((55 + slot) * kSecond, slot, "ext4_inode_cache", kInode);
    }
    script.interval(70 * kSecond, 200);
    for (KernelNs i = 0; i < 12; ++i) {
        script.refuse((71 + i) * kSecond, i % 4 == 0 ? "dentry" : "sctp_ep", SkipReason::kCapacity);
    }
    script.count(100 * kSecond);
    script.finish(100 * kSecond);
}

void record_after(const std::string& path) {
    Script script(path, "7.3.0", 1000, "+0x2c/0x210");
    script.count(0);
    script.alloc(10 * kSecond, 0, "dentry", kDentry);
    for (KernelNs i = 0; i < 40; ++i) {
        const KernelNs at = (20 + i) * kSecond;
        const Slot slot = 1 + static_cast<Slot>(i % 8);
        script.alloc(at, slot, "sctp_ep", kSocket);
        script.free(at + (i + 1) * 15 * kMs, slot);
    }
    script.refuse(80 * kSecond, "dentry", SkipReason::kCovered);
    script.count(100 * kSecond);
    script.finish(100 * kSecond);
}

} // namespace kfence::test
