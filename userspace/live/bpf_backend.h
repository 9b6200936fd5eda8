// SPDX-License-Identifier: Apache-2.0
// The BPF programs of one backend: loaded, attached, run; detached when the object goes. Nothing is left in
// the kernel afterwards: links and maps are held by descriptors, not pinned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/event.h"
#include "kfence_abi.h"
#include "live/bpf_handle.h"

namespace kfence {

/// What is set before the programs are loaded.
struct BackendConfig {
    std::size_t event_ring_bytes = 0; ///< a power of two, at least a page
    std::size_t report_ring_bytes = 0;
    std::size_t walk_ring_bytes = 0;
    std::uint32_t page_shift = 12;
    std::uint32_t online_nodes = 1;
    bool metadata_is_array = false;  ///< kernels before 6.5
    bool has_preempt_kfuncs = false; ///< bpf_preempt_disable(), kernels since 6.10
};

/// Counters that the programs keep in their .bss, since they were loaded.
struct BackendCounters {
    std::uint64_t lost_events = 0;
    std::uint64_t lost_reports = 0;
    std::uint64_t recursion_misses = 0; ///< the kernel skipped a program
    std::uint64_t probe_misses = 0;     ///< kretprobe instances that ran out
    std::uint64_t skips[kSkipReasonCount] = {};
};

/// Where the fields of one loaded object are; filled in by the backend that made it.
struct LoadedPrograms {
    std::shared_ptr<void> owner; ///< the skeleton
    bpf_object* object = nullptr;
    bool* ready = nullptr;
    const std::uint64_t* lost_events = nullptr;
    const std::uint64_t* lost_reports = nullptr;
    const bpf_map* skips = nullptr;     ///< struct kf_skips per CPU
    std::vector<bpf_program*> attached; ///< to be attached, in this order
};

/// How frees are seen, best first: which of the functions a compiler inlines or renames is its own choice.
enum class FreeHooks {
    kStateAndZombie, ///< all of them, with their stacks
    kState,          ///< likewise, but a zombie looks like a free
    kEntry,          ///< all of them, on entry: without their stacks
};

class BpfBackend {
public:
    using Record = std::function<bool(std::span<const std::byte>)>; ///< returns false to stop draining

    /// `name` is "tracepoint", "fentry" or "kprobe". Errors say what the kernel lacks and how to get it.
    static Result<std::unique_ptr<BpfBackend>> open(const std::string& name, const BackendConfig& config);

    /// Whether the programs of that backend load; nothing is attached, and nothing is left.
    static Result<void> try_load(const std::string& name);

    BpfBackend(const BpfBackend&) = delete;
    BpfBackend& operator=(const BpfBackend&) = delete;
    ~BpfBackend();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] FreeHooks free_hooks() const noexcept { return hooks_; }
    [[nodiscard]] int wait_fd() const noexcept;

    /// Hands out the records of the report ring and then of the event ring, until both are empty or `record` says
    /// stop.
    Result<void> drain(const Record& record);

    /// Reads the pool in pieces and hands out its records. Returns the number of slots in the pool.
    Result<std::uint32_t> walk(const Record& record);

    /// A moment of CLOCK_MONOTONIC and of local_clock() just before it; local_ns is 0 where it cannot be had.
    Result<kf_clock_args> clock();

    [[nodiscard]] BackendCounters counters() const;

private:
    BpfBackend() = default;
    Result<void> attach();
    Result<void> open_rings();
    static int on_record(void* self, void* data, std::size_t size) noexcept;

    // Destroyed in the reverse order: rings, links, then the object.
    std::string name_;
    FreeHooks hooks_ = FreeHooks::kEntry;
    LoadedPrograms programs_;
    std::vector<LinkHandle> links_;
    RingBufferHandle rings_;
    RingBufferHandle walked_;
    const Record* record_ = nullptr;
};

/// The backends; each loads its own skeleton.
Result<LoadedPrograms> load_tracepoint(const BackendConfig& config);
Result<LoadedPrograms> load_fentry(const BackendConfig& config, FreeHooks hooks);
Result<LoadedPrograms> load_kprobe(const BackendConfig& config);

} // namespace kfence
