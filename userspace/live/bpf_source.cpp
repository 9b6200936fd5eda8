// SPDX-License-Identifier: Apache-2.0
#include "live/bpf_source.h"

#include <array>
#include <bit>
#include <ctime>
#include <malloc.h>
#include <optional>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/host.h"
#include "kernel/kallsyms.h"
#include "kernel/mounts.h"
#include "kernel/params.h"
#include "kernel/stats.h"
#include "live/decoder.h"
#include "live/slab_flags.h"

namespace kfence {
namespace {

constexpr std::size_t kEventRingBytes = std::size_t{2} << 20;
constexpr std::size_t kReportRingBytes = std::size_t{64} << 10;
constexpr std::size_t kWalkRingBytes = std::size_t{256} << 10;
constexpr std::uint64_t kModulesPeriodNs = 1'000'000'000;
constexpr std::string_view kRoot = "/";

std::uint64_t monotonic_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

std::size_t page_bytes() {
    return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

/// What has grown in a counter since it was last looked at.
std::uint64_t take_growth(std::uint64_t& last, std::uint64_t now) {
    return now - std::exchange(last, now);
}

class BpfSource final : public Source {
public:
    BpfSource(std::unique_ptr<BpfBackend> backend, Kallsyms symbols);

    [[nodiscard]] const SourceInfo& info() const noexcept override { return info_; }
    [[nodiscard]] Names& names() noexcept override { return names_; }
    [[nodiscard]] int wait_fd() const noexcept override { return backend_->wait_fd(); }
    Result<bool> drain(EventBatch& out, std::size_t max_events) override;
    Result<void> read_counters(EventBatch& out) override;
    Result<void> read_state(EventBatch& out) override;
    Result<void> walk(EventBatch& out) override;
    [[nodiscard]] KernelNs now() override { return steady_.reach(decoder_.clock(), monotonic_now()); }

    /// A first estimate of the offset between the clocks, before any event.
    Result<void> set_clock();

private:
    void describe();
    std::string describe_frame(std::uint64_t address);
    Result<void> sample_clock();
    void append_losses(const BackendCounters& counters, KernelNs time, EventBatch& out);
    void append_counted_skips(const BackendCounters& counters, KernelNs time, EventBatch& out);

    Names names_;
    Kallsyms symbols_;
    std::unique_ptr<BpfBackend> backend_;
    Decoder decoder_;
    SourceInfo info_;
    std::optional<StatsReader> stats_;
    SlabFlagWatch slab_flags_{std::string(kRoot)};
    BackendCounters last_;
    SteadyClock steady_;
    std::optional<bool> switched_itself_off_;
    std::uint64_t modules_checked_ = 0;
    std::uint64_t failed_walks_ = 0;
};

BpfSource::BpfSource(std::unique_ptr<BpfBackend> backend, Kallsyms symbols)
    : symbols_(std::move(symbols)), backend_(std::move(backend)),
      decoder_(names_, [this](std::uint64_t address) { return describe_frame(address); }) {
    describe();
}

/// Frames are resolved once, when a stack is new; a module that came later is looked up after a reload.
std::string BpfSource::describe_frame(std::uint64_t address) {
    const std::uint64_t now = monotonic_now();
    const bool due = now - modules_checked_ >= kModulesPeriodNs;
    modules_checked_ = due ? now : modules_checked_;
    if (due && symbols_.stale()) {
        if (auto reloaded = Kallsyms::load(kRoot)) {
            symbols_ = std::move(*reloaded);
        }
    }
    return symbols_.lookup(address);
}

void BpfSource::describe() {
    info_.backend = backend_->name();
    const Host host = read_host(kRoot);
    info_.host = host.name;
    info_.kernel = host.release;
    info_.complete_stream = true;
    // The folder is there whether or not something is mounted on it.
    constexpr std::string_view kDebugfs = "/sys/kernel/debug";
    info_.has_counters = is_mounted(read_mounts(kRoot), "debugfs", kDebugfs) &&
                         file_state(rooted(kRoot, kDebugfs)) == FileState::kReadable;
    if (backend_->free_hooks() == FreeHooks::kEntry) {
        info_.blind.emplace_back("stacks of frees");
    } else if (backend_->free_hooks() == FreeHooks::kState) {
        info_.sees_zombies = false;
        info_.blind.emplace_back("that a cache was destroyed, but for walks of the pool: a zombie looks like a free");
    }
    info_.blind.emplace_back(backend_->name() == "kprobe" ? "refused allocations, but for their counters"
                                                          : "the stack of a refused allocation");
    if (backend_->name() != "tracepoint") {
        info_.blind.emplace_back("whether a refusal met a full pool or a covered stack, but for the kernel's counters");
    }
}

Result<bool> BpfSource::drain(EventBatch& out, std::size_t max_events) {
    const std::size_t limit = out.size() + max_events;
    bool all = true;
    const auto done = backend_->drain([&](std::span<const std::byte> record) {
        decoder_.decode(record, out);
        all = out.size() < limit;
        return all;
    });
    if (!done) {
        return std::unexpected(done.error());
    }
    return all;
}

Result<void> BpfSource::read_counters(EventBatch& out) {
    if (!stats_) {
        // Missing until KFENCE is on for the first time, or for good where there is no debugfs.
        auto opened = StatsReader::open(kRoot);
        if (!opened) {
            return {};
        }
        stats_.emplace(std::move(*opened));
    }
    auto counters = stats_->read();
    if (!counters) {
        return std::unexpected(counters.error());
    }
    counters->time = now();
    out.emplace_back(*counters);
    return {};
}

Result<void> BpfSource::read_state(EventBatch& out) {
    if (auto sampled = sample_clock(); !sampled) {
        return sampled;
    }
    const KernelNs time = now();
    const BackendCounters counters = backend_->counters();
    append_losses(counters, time, out);
    append_counted_skips(counters, time, out);
    SettingsEvent settings = read_settings(kRoot);
    settings.time = time;
    settings.disabled_by_warn = switched_itself_off_;
    out.emplace_back(settings);
    slab_flags_.scan(time, names_, out);
    return {};
}

void BpfSource::append_losses(const BackendCounters& counters, KernelNs time, EventBatch& out) {
    const auto append = [&](LossCause cause, std::uint64_t count) {
        if (count != 0) {
            out.emplace_back(LossEvent{.time = time, .cause = cause, .count = count});
        }
    };
    append(LossCause::kRingFull, take_growth(last_.lost_events, counters.lost_events));
    append(LossCause::kReportsFull, take_growth(last_.lost_reports, counters.lost_reports));
    append(LossCause::kRecursion, take_growth(last_.recursion_misses, counters.recursion_misses));
    append(LossCause::kProbeMissed, take_growth(last_.probe_misses, counters.probe_misses));
    append(LossCause::kUndecodable, decoder_.take_undecodable());
    append(LossCause::kWalk, std::exchange(failed_walks_, 0));
}

void BpfSource::append_counted_skips(const BackendCounters& counters, KernelNs time, EventBatch& out) {
    for (std::size_t reason = 0; reason < kSkipReasonCount; reason++) {
        const std::uint64_t count = take_growth(last_.skips[reason], counters.skips[reason]);
        if (count != 0) {
            out.emplace_back(SkipEvent{.time = time,
                                       .cache = kNoCache,
                                       .size = 0,
                                       .reason = static_cast<SkipReason>(reason),
                                       .count = static_cast<std::uint32_t>(count)});
        }
    }
}

Result<void> BpfSource::walk(EventBatch& out) {
    const auto objects = backend_->walk([&](std::span<const std::byte> record) {
        decoder_.decode(record, out);
        return true;
    });
    if (!objects) {
        failed_walks_++;
        return std::unexpected(objects.error());
    }
    out.emplace_back(WalkEvent{.time = now(), .objects = *objects});
    return {};
}

Result<void> BpfSource::sample_clock() {
    const auto pair = backend_->clock();
    if (!pair) {
        return std::unexpected(pair.error());
    }
    switched_itself_off_ =
        pair->warned == KF_WARNED_UNKNOWN ? std::nullopt : std::optional(pair->warned == KF_WARNED_YES);
    if (pair->local_ns != 0) {
        decoder_.clock().add(pair->local_ns, pair->mono_ns);
    }
    return {};
}

Result<void> BpfSource::set_clock() {
    for (int i = 0; i < 5; i++) {
        // Coming back from a sleep, the scheduler's note of local_clock() is a moment old.
        const timespec nap{.tv_sec = 0, .tv_nsec = 1'000'000};
        nanosleep(&nap, nullptr);
        if (auto sampled = sample_clock(); !sampled) {
            return sampled;
        }
    }
    return {};
}

constexpr std::string_view kPreemptKfunc = "bpf_preempt_disable";

Result<BackendConfig> make_config(std::size_t ring_bytes, const Kallsyms& symbols) {
    BackendConfig config;
    config.event_ring_bytes = ring_bytes == 0 ? kEventRingBytes : ring_bytes;
    if (!std::has_single_bit(config.event_ring_bytes) || config.event_ring_bytes < page_bytes()) {
        return fail(ErrorKind::kUsage,
                    fmt::format("an event ring of {} bytes cannot be made: it must be a power of two "
                                "of at least one page ({} bytes)",
                                config.event_ring_bytes, page_bytes()));
    }
    config.report_ring_bytes = kReportRingBytes;
    config.walk_ring_bytes = kWalkRingBytes;
    config.page_shift = static_cast<std::uint32_t>(std::countr_zero(page_bytes()));
    config.online_nodes = read_host(kRoot).numa_nodes;
    // The array became a pointer together with a second one that its initialisation uses.
    config.metadata_is_array = !symbols.find("kfence_metadata_init").has_value();
    config.has_preempt_kfuncs = symbols.find(kPreemptKfunc).has_value();
    return config;
}

} // namespace

Result<std::unique_ptr<Source>> open_bpf_source(const std::string& backend, std::size_t ring_bytes) {
    if (read_host(kRoot).lockdown == Lockdown::kConfidentiality) {
        return fail(ErrorKind::kUnsupported,
                    fmt::format("kernel lockdown forbids the {} backend: BPF may not read kernel memory with "
                                "lockdown=confidentiality; boot without it, or take --backend poll",
                                backend));
    }
    constexpr std::array<std::string_view, 3> kWanted{"kfence_metadata", "kfence_metadata_init", kPreemptKfunc};
    auto symbols = Kallsyms::load(kRoot, kWanted);
    if (!symbols) {
        return std::unexpected(symbols.error());
    }
    if (symbols->blinded()) {
        return fail(
            ErrorKind::kUnsupported,
            "the addresses in /proc/kallsyms are hidden, so the pool's metadata cannot be found: run as root or "
            "with CAP_SYSLOG, and with kernel.kptr_restrict below 2 (sysctl kernel.kptr_restrict=1)");
    }
    if (!symbols->find("kfence_metadata")) {
        return fail(ErrorKind::kUnsupported, "the symbol kfence_metadata is not in /proc/kallsyms: the kernel needs "
                                             "CONFIG_KFENCE and CONFIG_KALLSYMS_ALL");
    }
    const auto config = make_config(ring_bytes, *symbols);
    if (!config) {
        return std::unexpected(config.error());
    }
    auto opened = BpfBackend::open(backend, *config);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    // Attaching makes trampolines, which are among the frames that KFENCE saves from now on.
    symbols = Kallsyms::load(kRoot);
    if (!symbols) {
        return std::unexpected(symbols.error());
    }
    auto source = std::make_unique<BpfSource>(std::move(*opened), std::move(*symbols));
    if (auto set = source->set_clock(); !set) {
        return std::unexpected(set.error());
    }
    // libbpf parsed the kernel's whole BTF and all its symbols; give that memory back.
    malloc_trim(0);
    return source;
}

} // namespace kfence
