// SPDX-License-Identifier: Apache-2.0
#include "live/bpf_backend.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <bpf/bpf.h>
#include <fmt/format.h>

namespace kfence {
namespace {

// What on_record returns to make libbpf stop: its drain goes on until the ring is empty otherwise, and a
// flood would starve everything else (libbpf 1.1, ringbuf.c).
constexpr int kStop = -ECANCELED;

// Slots per run of the walk program: what fits into its ring with the deepest stacks.
std::uint32_t slots_per_walk(const bpf_map* ring) {
    constexpr std::uint32_t kRecordBytes = sizeof(kf_slot) + 8; // and the ring's own header
    return std::max<std::uint32_t>(1, bpf_map__max_entries(ring) / kRecordBytes);
}

// No pool is larger (CONFIG_KFENCE_NUM_OBJECTS is 1..65535).
constexpr std::uint32_t kMaxObjects = 65535;

/// Runs one of our "syscall" programs, which changes its arguments in place.
template <typename Arguments>
Result<void> run_program(const bpf_object* object, const char* name, Arguments& arguments) {
    const bpf_program* program = bpf_object__find_program_by_name(object, name);
    LIBBPF_OPTS(bpf_test_run_opts, options);
    options.ctx_in = &arguments;
    options.ctx_size_in = sizeof(arguments);
    const int error = bpf_prog_test_run_opts(bpf_program__fd(program), &options);
    if (error != 0) {
        return fail_errno(ErrorKind::kFailed, -error, fmt::format("running the BPF program {}", name));
    }
    return {};
}

std::uint64_t recursion_misses_of(const bpf_program* program) {
    bpf_prog_info info{};
    std::uint32_t size = sizeof(info);
    return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0 ? info.recursion_misses : 0;
}

/// Start of struct bpf_link_info for a kprobe, up to the field `missed` that Linux 6.7 added
/// (include/uapi/linux/bpf.h); libbpf 1.1's header does not have it.
struct KprobeLinkInfo {
    std::uint32_t type;
    std::uint32_t id;
    std::uint32_t prog_id;
    std::uint32_t pad;
    std::uint32_t perf_type;
    std::uint32_t pad2;
    std::uint64_t func_name;
    std::uint32_t name_len;
    std::uint32_t offset;
    std::uint64_t addr;
    std::uint64_t missed;
};
static_assert(sizeof(KprobeLinkInfo) == 56);

std::uint64_t probe_misses_of(const bpf_link* link) {
    KprobeLinkInfo info{};
    std::uint32_t size = sizeof(info);
    if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size) != 0 || info.type != BPF_LINK_TYPE_PERF_EVENT) {
        return 0;
    }
    return size >= sizeof(info) ? info.missed : 0;
}

/// The ways to see frees that a backend has, best first. A tracepoint tells all.
std::span<const FreeHooks> hooks_of(std::string_view name) {
    static constexpr std::array kAll{FreeHooks::kStateAndZombie, FreeHooks::kState, FreeHooks::kEntry};
    if (name == "tracepoint") {
        return std::span(kAll).first(1);
    }
    return name == "fentry" ? std::span(kAll) : std::span(kAll).last(1);
}

Result<LoadedPrograms> load(const std::string& name, const BackendConfig& config, FreeHooks hooks) {
    if (name == "tracepoint") {
        return load_tracepoint(config);
    }
    return name == "fentry" ? load_fentry(config, hooks) : load_kprobe(config);
}

/// The sum over all processors of what the programs counted and sent no record of.
void read_skips(const bpf_map* map, std::uint64_t (&sums)[kSkipReasonCount]) {
    static_assert(kSkipReasonCount == KF_SKIP_REASONS);
    const int processors = libbpf_num_possible_cpus();
    if (processors <= 0) {
        return;
    }
    std::vector<kf_skips> counts(static_cast<std::size_t>(processors));
    const std::uint32_t key = 0;
    if (bpf_map_lookup_elem(bpf_map__fd(map), &key, counts.data()) != 0) {
        return;
    }
    for (const kf_skips& count : counts) {
        for (std::size_t i = 0; i < kSkipReasonCount; i++) {
            sums[i] += count.by_reason[i];
        }
    }
}

} // namespace

Result<std::unique_ptr<BpfBackend>> BpfBackend::open(const std::string& name, const BackendConfig& config) {
    capture_libbpf_messages();
    Result<std::unique_ptr<BpfBackend>> opened = fail(ErrorKind::kFailed, "no way to attach was left");
    for (const FreeHooks hooks : hooks_of(name)) {
        auto programs = load(name, config, hooks);
        if (!programs) {
            opened = std::unexpected(programs.error());
            continue;
        }
        std::unique_ptr<BpfBackend> backend(new BpfBackend());
        backend->name_ = name;
        backend->hooks_ = hooks;
        backend->programs_ = std::move(*programs);
        auto attached = backend->open_rings();
        if (attached) {
            attached = backend->attach();
        }
        if (attached) {
            return backend;
        }
        opened = std::unexpected(attached.error());
    }
    return opened;
}

Result<void> BpfBackend::try_load(const std::string& name) {
    capture_libbpf_messages();
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    BackendConfig config;
    config.event_ring_bytes = config.report_ring_bytes = config.walk_ring_bytes = page;
    Result<void> loaded;
    for (const FreeHooks hooks : hooks_of(name)) {
        const auto programs = load(name, config, hooks);
        if (programs) {
            return {};
        }
        loaded = std::unexpected(programs.error());
    }
    return loaded;
}

BpfBackend::~BpfBackend() {
    if (programs_.ready != nullptr) {
        *programs_.ready = false;
    }
}

Result<void> BpfBackend::attach() {
    for (bpf_program* program : programs_.attached) {
        bpf_link* link = bpf_program__attach(program);
        if (link == nullptr) {
            const int error = errno;
            const std::string messages = take_libbpf_messages();
            return fail(ErrorKind::kUnsupported, fmt::format("the {} backend cannot attach to {} ({}){}", name_,
                                                             bpf_program__section_name(program), std::strerror(error),
                                                             messages.empty() ? "" : "; libbpf: " + messages));
        }
        links_.emplace_back(link);
    }
    *programs_.ready = true;
    return {};
}

Result<void> BpfBackend::open_rings() {
    const auto fd_of = [&](const char* name) { return bpf_object__find_map_fd_by_name(programs_.object, name); };
    // Drained in this order, and not further once on_record() says stop: a flood of events never hides a report.
    rings_.reset(ring_buffer__new(fd_of("reports"), on_record, this, nullptr));
    if (!rings_ || ring_buffer__add(rings_.get(), fd_of("events"), on_record, this) != 0) {
        return fail_errno(ErrorKind::kFailed, errno, "mapping the event rings");
    }
    walked_.reset(ring_buffer__new(fd_of("walked"), on_record, this, nullptr));
    if (!walked_) {
        return fail_errno(ErrorKind::kFailed, errno, "mapping the walk ring");
    }
    return {};
}

int BpfBackend::wait_fd() const noexcept {
    return ring_buffer__epoll_fd(rings_.get());
}

int BpfBackend::on_record(void* self, void* data, std::size_t size) noexcept {
    const auto* backend = static_cast<BpfBackend*>(self);
    try {
        return (*backend->record_)({static_cast<const std::byte*>(data), size}) ? 0 : kStop;
    } catch (...) {
        return -ENOMEM;
    }
}

Result<void> BpfBackend::drain(const Record& record) {
    record_ = &record;
    const int result = ring_buffer__consume(rings_.get());
    record_ = nullptr;
    if (result < 0 && result != kStop) {
        return fail_errno(ErrorKind::kFailed, -result, "reading the event rings");
    }
    return {};
}

Result<std::uint32_t> BpfBackend::walk(const Record& record) {
    const bpf_map* ring = bpf_object__find_map_by_name(programs_.object, "walked");
    kf_walk_args arguments{.start = 0, .count = slots_per_walk(ring), .next = 0, .end = 0};
    while (arguments.end == 0 && arguments.start <= kMaxObjects) {
        if (auto done = run_program(programs_.object, "kf_walk", arguments); !done) {
            return std::unexpected(done.error());
        }
        record_ = &record;
        const int result = ring_buffer__consume(walked_.get());
        record_ = nullptr;
        if (result < 0) {
            return fail_errno(ErrorKind::kFailed, -result, "reading the walk ring");
        }
        if (arguments.end == 0 && arguments.next == arguments.start) {
            return fail(ErrorKind::kFailed, fmt::format("the walk of the pool stopped at slot {}", arguments.start));
        }
        arguments.start = arguments.next;
    }
    return arguments.next;
}

Result<kf_clock_args> BpfBackend::clock() {
    kf_clock_args arguments{};
    if (auto done = run_program(programs_.object, "kf_clock", arguments); !done) {
        return std::unexpected(done.error());
    }
    return arguments;
}

BackendCounters BpfBackend::counters() const {
    BackendCounters counters;
    counters.lost_events = __atomic_load_n(programs_.lost_events, __ATOMIC_RELAXED);
    counters.lost_reports = __atomic_load_n(programs_.lost_reports, __ATOMIC_RELAXED);
    read_skips(programs_.skips, counters.skips);
    for (const bpf_program* program : programs_.attached) {
        counters.recursion_misses += recursion_misses_of(program);
    }
    for (const LinkHandle& link : links_) {
        counters.probe_misses += probe_misses_of(link.get());
    }
    return counters;
}

} // namespace kfence
