// SPDX-License-Identifier: Apache-2.0
// From raw record to model: how many events per second one core takes. Records are as BPF sends them, with 15
// frames to a stack, and there are as many caches and stacks as on a busy machine.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "kfence_abi.h"
#include "live/decoder.h"
#include "model/pool_model.h"

namespace {

using namespace kfence;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kObjects = 255;
constexpr std::uint32_t kCaches = 120;
constexpr std::uint32_t kStacks = 3'000;
constexpr std::size_t kFrames = 15;
constexpr std::size_t kEvents = 200'000;
constexpr std::size_t kBatch = 1'000;
constexpr int kRounds = 20;

using Record = std::vector<std::byte>;

void fill_stack(kf_u64* stack, std::uint64_t which) {
    for (std::size_t i = 0; i < kFrames; i++) {
        stack[i] = 0xffffffff81000000ULL + which * 64 + i * 4096;
    }
}

Record alloc_record(Slot slot, std::uint64_t now, std::uint64_t which) {
    kf_alloc raw{};
    constexpr std::size_t kSize = offsetof(kf_alloc, stack) + kFrames * sizeof(kf_u64);
    raw.h = {.kind = KF_ALLOC, .version = KF_ABI_VERSION, .size = kSize, .mono_ns = now};
    raw.allocated_at = now;
    raw.slot = slot;
    raw.object_size = 64;
    fmt::format_to_n(raw.cache, sizeof(raw.cache) - 1, "cache-{}", which % kCaches);
    raw.nr_stack = kFrames;
    fill_stack(raw.stack, which);
    Record record(kSize);
    std::memcpy(record.data(), &raw, kSize);
    return record;
}

Record free_record(Slot slot, std::uint64_t now, std::uint64_t allocated_at, std::uint64_t which) {
    kf_free raw{};
    constexpr std::size_t kSize = offsetof(kf_free, stack) + kFrames * sizeof(kf_u64);
    raw.h = {.kind = KF_FREE, .version = KF_ABI_VERSION, .size = kSize, .mono_ns = now};
    raw.time = now;
    raw.allocated_at = allocated_at;
    raw.slot = slot;
    raw.nr_stack = kFrames;
    fill_stack(raw.stack, which + kStacks);
    Record record(kSize);
    std::memcpy(record.data(), &raw, kSize);
    return record;
}

std::vector<Record> make_records(std::uint64_t& now) {
    std::vector<Record> records;
    while (records.size() < kEvents) {
        const auto slot = static_cast<Slot>((records.size() / 2) % kObjects);
        const std::uint64_t which = (records.size() * 7919) % kStacks;
        const std::uint64_t allocated_at = ++now;
        records.push_back(alloc_record(slot, allocated_at, which));
        records.push_back(free_record(slot, ++now, allocated_at, which));
    }
    return records;
}

} // namespace

int main() {
    Names names;
    Decoder decoder(names, [](std::uint64_t address) { return fmt::format("function_{:x}+0x10/0x20", address); });
    PoolModel model;
    EventBatch batch;
    std::uint64_t now = 0;
    double best = 0;
    for (int round = 0; round < kRounds; round++) {
        const std::vector<Record> records = make_records(now);
        const auto begin = Clock::now();
        for (const Record& record : records) {
            decoder.decode(record, batch);
            if (batch.size() == kBatch) {
                model.apply(batch);
                batch.clear();
            }
        }
        const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        // The first round resolves every frame; afterwards the speed is that of a running tool.
        best = std::max(best, static_cast<double>(records.size()) / seconds);
        if (round == 0) {
            fmt::print("decoder and model, all stacks new: {:.2f} M events/s\n",
                       static_cast<double>(records.size()) / seconds / 1e6);
        }
    }
    fmt::print("decoder and model, best of {} rounds: {:.2f} M events/s\n", kRounds, best / 1e6);
    return decoder.take_undecodable() == 0 ? 0 : 1;
}
