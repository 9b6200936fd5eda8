// SPDX-License-Identifier: Apache-2.0
#include "live/decoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "kfence_abi.h"

namespace kfence {
namespace {

/// Copies the fixed part of a record, and as much of its stack as it says it has and really has.
template <typename Record>
bool copy_record(std::span<const std::byte> bytes, Record& out, std::size_t fixed, const kf_u32& nr_stack) {
    if (bytes.size() < fixed) {
        return false;
    }
    std::memcpy(&out, bytes.data(), std::min(bytes.size(), sizeof(Record)));
    return nr_stack <= KF_STACK_DEPTH && bytes.size() >= fixed + nr_stack * sizeof(kf_u64);
}

Task to_task(const kf_task& raw) {
    Task task{.pid = raw.pid,
              .tgid = raw.tgid,
              .cgroup = raw.cgroup,
              .comm = {},
              .cpu = static_cast<std::int16_t>(raw.cpu),
              .pid_ns = raw.pid_ns};
    std::copy(std::begin(raw.comm), std::end(raw.comm), task.comm.begin());
    return task;
}

Task to_task(const kf_track& raw) {
    return Task{.pid = raw.pid, .tgid = 0, .cgroup = 0, .comm = {}, .cpu = static_cast<std::int16_t>(raw.cpu)};
}

SlotState to_state(const kf_slot& raw) {
    switch (raw.state) {
    case KF_STATE_ALLOCATED:
        return SlotState::kAllocated;
    case KF_STATE_RCU_FREEING:
        return SlotState::kRcuFreeing;
    case KF_STATE_FREED:
        // kfence_guarded_free(zombie): freed, and never put on the freelist. An ordinary free is off the
        // list for an instant too, but then its cache is still there.
        return raw.off_freelist != 0 && raw.cache[0] == '\0' ? SlotState::kZombie : SlotState::kFreed;
    case KF_STATE_BUSY:
        return SlotState::kBusy;
    default:
        return SlotState::kUnused;
    }
}

Access to_access(const kf_report& raw) {
    if (raw.access_ip == 0 && raw.type != static_cast<kf_u32>(ReportType::kInvalid)) {
        return Access::kNone;
    }
    return raw.is_write != 0 ? Access::kWrite : Access::kRead;
}

/// The stack of the access without what handled the fault: the kernel's own report starts at the registers.
std::span<const std::uint64_t> access_frames(const kf_report& raw) {
    const std::span<const std::uint64_t> all(raw.stack, raw.nr_stack);
    if (raw.access_ip == 0) {
        return all;
    }
    const auto at = std::find(all.begin(), all.end(), raw.access_ip);
    return at == all.end() ? std::span<const std::uint64_t>(&raw.access_ip, 1) : std::span(at, all.end());
}

} // namespace

Decoder::Decoder(Names& names, Names::Resolver resolve) : names_(names), resolve_(std::move(resolve)) {}

bool Decoder::decode(std::span<const std::byte> record, EventBatch& out) {
    kf_header header{};
    bool understood = record.size() >= sizeof(header);
    if (understood) {
        std::memcpy(&header, record.data(), sizeof(header));
        understood = header.version == KF_ABI_VERSION && header.size <= record.size();
    }
    if (understood) {
        record = record.first(header.size);
        switch (header.kind) {
        case KF_ALLOC:
            understood = decode_alloc(record, out);
            break;
        case KF_FREE:
        case KF_RCU_FREEING:
        case KF_ZOMBIE:
            understood = decode_free(record, out);
            break;
        case KF_SKIP:
            understood = decode_skip(record, out);
            break;
        case KF_REPORT:
            understood = decode_report(record, out);
            break;
        case KF_SLOT:
            understood = decode_slot(record, out);
            break;
        default:
            understood = false;
        }
    }
    undecodable_ += understood ? 0 : 1;
    return understood;
}

std::uint64_t Decoder::take_undecodable() noexcept {
    return std::exchange(undecodable_, 0);
}

StackId Decoder::intern(std::span<const std::uint64_t> addresses) {
    return names_.stack(addresses, resolve_);
}

bool Decoder::decode_alloc(std::span<const std::byte> record, EventBatch& out) {
    kf_alloc raw{};
    if (!copy_record(record, raw, offsetof(kf_alloc, stack), raw.nr_stack)) {
        return false;
    }
    clock_.add(raw.allocated_at, raw.h.mono_ns);
    const StackId stack = intern({raw.stack, raw.nr_stack});
    out.emplace_back(AllocEvent{.time = raw.allocated_at,
                                .slot = raw.slot,
                                .size = raw.object_size,
                                .cache = names_.cache(fixed_field(raw.cache, sizeof(raw.cache))),
                                .stack = stack,
                                .task = to_task(raw.task),
                                .stack_hash = names_.stack_hash(stack)});
    return true;
}

bool Decoder::decode_free(std::span<const std::byte> record, EventBatch& out) {
    kf_free raw{};
    if (!copy_record(record, raw, offsetof(kf_free, stack), raw.nr_stack)) {
        return false;
    }
    // Without a stack BPF ran before KFENCE noted the time.
    const KernelNs time = raw.time != 0 ? raw.time : clock_.to_kernel(raw.h.mono_ns);
    const StackId stack = intern({raw.stack, raw.nr_stack});
    switch (raw.h.kind) {
    case KF_FREE:
        out.emplace_back(FreeEvent{.time = time,
                                   .allocated_at = raw.allocated_at,
                                   .slot = raw.slot,
                                   .stack = stack,
                                   .task = to_task(raw.task),
                                   .rcu_deferred = raw.rcu_deferred != 0});
        return true;
    case KF_RCU_FREEING:
        out.emplace_back(RcuFreeingEvent{.time = time,
                                         .allocated_at = raw.allocated_at,
                                         .slot = raw.slot,
                                         .stack = stack,
                                         .task = to_task(raw.task)});
        return true;
    default:
        out.emplace_back(ZombieEvent{.time = time, .allocated_at = raw.allocated_at, .slot = raw.slot});
        return true;
    }
}

bool Decoder::decode_skip(std::span<const std::byte> record, EventBatch& out) {
    kf_skip raw{};
    if (record.size() < sizeof(raw)) {
        return false;
    }
    std::memcpy(&raw, record.data(), sizeof(raw));
    if (raw.reason >= kSkipReasonCount) {
        return false;
    }
    out.emplace_back(SkipEvent{.time = clock_.to_kernel(raw.h.mono_ns),
                               .cache = names_.cache(fixed_field(raw.cache, sizeof(raw.cache))),
                               .size = raw.object_size,
                               .reason = static_cast<SkipReason>(raw.reason),
                               .count = 1});
    return true;
}

bool Decoder::decode_report(std::span<const std::byte> record, EventBatch& out) {
    kf_report raw{};
    if (record.size() < sizeof(raw)) {
        return false;
    }
    std::memcpy(&raw, record.data(), sizeof(raw));
    if (raw.type >= kReportTypeCount || raw.nr_stack > KF_ACCESS_DEPTH || raw.alloc.nr_stack > KF_STACK_DEPTH ||
        raw.free.nr_stack > KF_STACK_DEPTH) {
        return false;
    }
    const bool has_object = raw.slot != kNoSlot;
    out.emplace_back(ReportEvent{.time = clock_.to_kernel(raw.h.mono_ns),
                                 .type = static_cast<ReportType>(raw.type),
                                 .access = to_access(raw),
                                 .slot = raw.slot,
                                 .cache = names_.cache(fixed_field(raw.cache, sizeof(raw.cache))),
                                 .size = raw.object_size,
                                 .offset = has_object ? static_cast<std::int64_t>(raw.address - raw.object) : 0,
                                 .allocated_at = raw.alloc.ts_nsec,
                                 .freed_at = raw.free.ts_nsec,
                                 .access_stack = intern(access_frames(raw)),
                                 .alloc_stack = intern({raw.alloc.stack, raw.alloc.nr_stack}),
                                 .free_stack = intern({raw.free.stack, raw.free.nr_stack}),
                                 .task = to_task(raw.task),
                                 .alloc_task = to_task(raw.alloc),
                                 .free_task = to_task(raw.free)});
    return true;
}

bool Decoder::decode_slot(std::span<const std::byte> record, EventBatch& out) {
    kf_slot raw{};
    constexpr std::size_t kFixed = offsetof(kf_slot, alloc) + offsetof(kf_track, stack);
    // A freed slot comes without its stack, though the count is the metadata's.
    if (record.size() < kFixed) {
        return false;
    }
    std::memcpy(&raw, record.data(), std::min(record.size(), sizeof(raw)));
    const std::size_t sent = (record.size() - kFixed) / sizeof(kf_u64);
    const std::size_t nr = std::min<std::size_t>(raw.alloc.nr_stack, sent);
    if (nr > KF_STACK_DEPTH) {
        return false;
    }
    out.emplace_back(SlotEvent{.time = clock_.to_kernel(raw.h.mono_ns),
                               .slot = raw.slot,
                               .state = to_state(raw),
                               .size = raw.object_size,
                               .cache = names_.cache(fixed_field(raw.cache, sizeof(raw.cache))),
                               .allocated_at = raw.alloc.ts_nsec,
                               .freed_at = raw.freed_at,
                               .alloc_stack = intern({raw.alloc.stack, nr}),
                               .free_stack = kNoStack,
                               .task = to_task(raw.alloc)});
    return true;
}

} // namespace kfence
