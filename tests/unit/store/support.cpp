// SPDX-License-Identifier: Apache-2.0
#include "support.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace kfence::test {

Folder::Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "kfence-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("no temporary folder");
    }
    path_ = name;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

MachineInfo machine(const std::string& host) {
    return {.source = {.host = host, .kernel = "6.12.0", .backend = "fentry", .blind = {"reasons", "stacks"}},
            .boot_id = "b-1",
            .config = "CONFIG_KFENCE=y",
            .tool = "kfence-trace test",
            .started = {.kernel = 100 * kSecond, .unix_ns = 1'700'000'000'000'000'000},
            .ended = std::nullopt};
}

TraceWriter writer(const std::string& path, const WriterOptions& options) {
    auto out = TraceWriter::create(
        path, [](std::uint64_t id) { return Cgroup{.kernel_id = id, .path = id == 77 ? "/a.slice" : ""}; }, options);
    if (!out) {
        throw std::runtime_error(out.error().message);
    }
    if (auto added = out->add_machine(machine()); !added) {
        throw std::runtime_error(added.error().message);
    }
    return std::move(*out);
}

std::vector<TraceRecord> read_all(const std::string& path, Names& names, std::int64_t machine) {
    auto file = TraceFile::open(path);
    if (!file) {
        throw std::runtime_error(file.error().message);
    }
    auto cursor = TraceCursor::create(*file, names, machine);
    if (!cursor) {
        throw std::runtime_error(cursor.error().message);
    }
    std::vector<TraceRecord> out;
    TraceRecord record;
    for (auto more = cursor->next(record); !more || *more; more = cursor->next(record)) {
        if (!more) {
            throw std::runtime_error(more.error().message);
        }
        out.push_back(record);
    }
    return out;
}

std::vector<Event> small_story(Names& names) {
    const CacheId dentry = names.cache("dentry");
    const StackId alloc = names.stack(std::vector<std::string>{"kmem_cache_alloc+0x1/0x2", "d_alloc+0x1/0x2"});
    const StackId end = names.stack(std::vector<std::string>{"kmem_cache_free+0x1/0x2", "d_free+0x1/0x2"});
    const Task task{.pid = 12, .tgid = 11, .cgroup = 77, .comm = {'f', 'i', 'n', 'd'}, .cpu = 1, .pid_ns = 4026531836};
    return {SlotEvent{.time = 100 * kSecond,
                      .slot = 5,
                      .state = SlotState::kAllocated,
                      .size = 192,
                      .cache = dentry,
                      .allocated_at = 7 * kSecond,
                      .freed_at = 0,
                      .alloc_stack = alloc,
                      .free_stack = kNoStack,
                      .task = {.pid = 3}},
            WalkEvent{.time = 100 * kSecond, .objects = 255},
            SettingsEvent{.time = 100 * kSecond,
                          .sample_interval_ms = 100,
                          .skip_covered_thresh = 75,
                          .burst = 0,
                          .deferrable = false},
            AllocEvent{.time = 101 * kSecond, .slot = 3, .size = 64, .cache = dentry, .stack = alloc, .task = task},
            AllocEvent{.time = 102 * kSecond, .slot = 4, .size = 60, .cache = dentry, .stack = alloc, .task = task},
            FreeEvent{.time = 103 * kSecond,
                      .allocated_at = 101 * kSecond,
                      .slot = 3,
                      .stack = end,
                      .task = task,
                      .rcu_deferred = false},
            SkipEvent{.time = 104 * kSecond, .cache = dentry, .size = 8, .reason = SkipReason::kCovered, .count = 2},
            FreeEvent{.time = 105 * kSecond,
                      .allocated_at = 7 * kSecond,
                      .slot = 5,
                      .stack = end,
                      .task = task,
                      .rcu_deferred = true},
            LossEvent{.time = 106 * kSecond, .cause = LossCause::kRecursion, .count = 9}};
}

} // namespace kfence::test
