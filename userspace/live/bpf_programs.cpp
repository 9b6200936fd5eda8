// SPDX-License-Identifier: Apache-2.0
// The skeletons of the backends, configured and loaded.
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "kfence_abi.h" // the skeletons use its types
#include "live/bpf_backend.h"
#include "live/trial.h"

#include "kfence_fentry.skel.h"
#include "kfence_kprobe.skel.h"
#include "kfence_tracepoint.skel.h"

namespace kfence {
namespace {

template <typename Skeleton> void configure(Skeleton& skeleton, const BackendConfig& config) {
    skeleton.rodata->page_shift = config.page_shift;
    skeleton.rodata->online_nodes = config.online_nodes;
    skeleton.rodata->metadata_is_array = config.metadata_is_array;
    skeleton.rodata->has_cgroups = has_cgroup_helper();
    skeleton.rodata->has_preempt_kfuncs = config.has_preempt_kfuncs;
    skeleton.rodata->wakeup_bytes = config.event_ring_bytes / 2;
    bpf_map__set_max_entries(skeleton.maps.events, static_cast<std::uint32_t>(config.event_ring_bytes));
    bpf_map__set_max_entries(skeleton.maps.reports, static_cast<std::uint32_t>(config.report_ring_bytes));
    bpf_map__set_max_entries(skeleton.maps.walked, static_cast<std::uint32_t>(config.walk_ring_bytes));
}

template <typename Skeleton> LoadedPrograms describe(std::shared_ptr<Skeleton> skeleton) {
    LoadedPrograms loaded;
    loaded.object = skeleton->obj;
    loaded.ready = &skeleton->bss->ready;
    loaded.lost_events = &skeleton->bss->lost_events;
    loaded.lost_reports = &skeleton->bss->lost_reports;
    loaded.skips = skeleton->maps.skips;
    loaded.owner = std::move(skeleton);
    return loaded;
}

std::unexpected<Error> load_error(const char* backend, int error) {
    const std::string messages = take_libbpf_messages();
    std::string what = fmt::format("the {} backend's BPF programs do not load ({})", backend, std::strerror(error));
    if (error == EPERM || error == EACCES) {
        what += ": run as root, or with CAP_BPF, CAP_PERFMON and CAP_SYSLOG; kernel lockdown forbids it too";
    }
    if (!messages.empty()) {
        what += "; libbpf: " + messages;
    }
    return fail(ErrorKind::kUnsupported, std::move(what));
}

} // namespace

Result<LoadedPrograms> load_tracepoint(const BackendConfig& config) {
    std::shared_ptr<kfence_tracepoint> skeleton(kfence_tracepoint__open(), kfence_tracepoint__destroy);
    if (!skeleton) {
        return load_error("tracepoint", errno);
    }
    configure(*skeleton, config);
    if (const int error = kfence_tracepoint__load(skeleton.get()); error != 0) {
        return load_error("tracepoint", -error);
    }
    LoadedPrograms loaded = describe(skeleton);
    const auto& programs = skeleton->progs;
    loaded.attached = {programs.kf_trace_free, programs.kf_trace_report, programs.kf_trace_skip,
                       programs.kf_trace_alloc};
    return loaded;
}

Result<LoadedPrograms> load_fentry(const BackendConfig& config, FreeHooks hooks) {
    std::shared_ptr<kfence_fentry> skeleton(kfence_fentry__open(), kfence_fentry__destroy);
    if (!skeleton) {
        return load_error("fentry", errno);
    }
    configure(*skeleton, config);
    const auto& programs = skeleton->progs;
    bpf_program__set_autoload(programs.kf_state_exit, hooks != FreeHooks::kEntry);
    bpf_program__set_autoload(programs.kf_zombie_entry, hooks == FreeHooks::kStateAndZombie);
    bpf_program__set_autoload(programs.kf_free_entry, hooks == FreeHooks::kEntry);
    bpf_program__set_autoload(programs.kf_deferred_entry, hooks == FreeHooks::kEntry);
    if (const int error = kfence_fentry__load(skeleton.get()); error != 0) {
        return load_error("fentry", -error);
    }
    LoadedPrograms loaded = describe(skeleton);
    switch (hooks) {
    case FreeHooks::kStateAndZombie:
        loaded.attached = {programs.kf_zombie_entry, programs.kf_state_exit};
        break;
    case FreeHooks::kState:
        loaded.attached = {programs.kf_state_exit};
        break;
    case FreeHooks::kEntry:
        loaded.attached = {programs.kf_deferred_entry, programs.kf_free_entry};
        break;
    }
    loaded.attached.insert(loaded.attached.end(), {programs.kf_report_entry, programs.kf_alloc_exit});
    return loaded;
}

Result<LoadedPrograms> load_kprobe(const BackendConfig& config) {
    std::shared_ptr<kfence_kprobe> skeleton(kfence_kprobe__open(), kfence_kprobe__destroy);
    if (!skeleton) {
        return load_error("kprobe", errno);
    }
    configure(*skeleton, config);
    if (const int error = kfence_kprobe__load(skeleton.get()); error != 0) {
        return load_error("kprobe", -error);
    }
    LoadedPrograms loaded = describe(skeleton);
    const auto& programs = skeleton->progs;
    loaded.attached = {programs.kf_deferred_probe, programs.kf_free_probe, programs.kf_report_probe,
                       programs.kf_alloc_return};
    return loaded;
}

} // namespace kfence
