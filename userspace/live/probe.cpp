// SPDX-License-Identifier: Apache-2.0
#include "live/probe.h"

#include <array>
#include <string>

#include <bpf/btf.h>
#include <fmt/format.h>

#include "kernel/file.h"
#include "kernel/kallsyms.h"
#include "live/bpf_backend.h"
#include "live/bpf_handle.h"
#include "live/trial.h"

namespace kfence {
namespace {

constexpr std::string_view kBtfPath = "/sys/kernel/btf/vmlinux";
constexpr std::string_view kKprobePmuPath = "/sys/bus/event_source/devices/kprobe/type";

LiveAbility works() {
    return {.works = true, .why = {}, .remedy = {}};
}

LiveAbility lacks(std::string why, std::string remedy = {}) {
    return {.works = false, .why = std::move(why), .remedy = std::move(remedy)};
}

LiveAbility probe_btf(const std::string& path, const btf* types) {
    if (types != nullptr) {
        return works();
    }
    if (file_state(path) == FileState::kMissing) {
        return lacks("this kernel has none", "boot one built with CONFIG_DEBUG_INFO_BTF=y");
    }
    return lacks(fmt::format("{} cannot be read", kBtfPath), "run as root");
}

bool has(const btf* types, const char* name, std::uint32_t kind) {
    return btf__find_by_name_kind(types, name, kind) > 0;
}

LiveAbility probe_functions(const btf* types) {
    if (types == nullptr) {
        return lacks("not known without BTF");
    }
    std::string missing;
    const auto want = [&](bool found, std::string_view what) {
        if (!found) {
            missing += fmt::format("{}{}", missing.empty() ? "" : ", ", what);
        }
    };
    want(has(types, "kfence_metadata", BTF_KIND_STRUCT), "struct kfence_metadata");
    want(has(types, "__kfence_alloc", BTF_KIND_FUNC), "__kfence_alloc()");
    // Each of the two is static, and a compiler may inline or rename it; one is enough (enum FreeHooks).
    want(has(types, "kfence_guarded_free", BTF_KIND_FUNC) || has(types, "metadata_update_state", BTF_KIND_FUNC),
         "kfence_guarded_free()");
    want(has(types, "__kfence_free", BTF_KIND_FUNC), "__kfence_free()");
    want(has(types, "kfence_report_error", BTF_KIND_FUNC), "kfence_report_error()");
    return missing.empty() ? works() : lacks("BTF lacks " + missing, "boot a kernel built with CONFIG_KFENCE=y");
}

LiveAbility judge_load(const std::string& backend) {
    const Result<void> loaded = BpfBackend::try_load(backend);
    return loaded ? works() : lacks(loaded.error().message);
}

/// What attaches must load, too: the programs that kfence-top would use are handed to the verifier. `unsupported` is
/// the remedy where the kernel cannot attach at all.
LiveAbility judge(const std::expected<void, Refusal>& attached, const std::string& backend,
                  std::string_view unsupported) {
    if (!attached) {
        const auto [error, what] = attached.error();
        return lacks(fail_errno(ErrorKind::kUnsupported, error, what).error().message,
                     std::string(remedy_for(error, unsupported)));
    }
    return judge_load(backend);
}

LiveAbility probe_fentry(const LiveCapabilities& found, const btf* types, bool try_it) {
    if (!found.btf.works) {
        return lacks("needs BTF", found.btf.remedy);
    }
    if (!found.functions.works) {
        return found.functions;
    }
    if (!try_it) {
        return works();
    }
    const int id = btf__find_by_name_kind(types, "__kfence_alloc", BTF_KIND_FUNC);
    return judge(try_fentry(static_cast<std::uint32_t>(id)), "fentry",
                 "boot one with CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y");
}

/// BTF is needed here, too: the programs find the fields of KFENCE's structures with it.
LiveAbility probe_kprobe(std::string_view root, const LiveCapabilities& found, const btf* types, bool try_it) {
    const auto type = read_number(rooted(root, kKprobePmuPath));
    if (!type) {
        return lacks("this kernel has no kprobes", "boot one built with CONFIG_KPROBE_EVENTS=y");
    }
    if (!found.functions.works) {
        return found.btf.works ? found.functions : lacks("needs BTF", found.btf.remedy);
    }
    if (!has(types, "kfence_guarded_free", BTF_KIND_FUNC)) {
        return lacks("the compiler left no kfence_guarded_free() to attach to");
    }
    return try_it ? judge(try_kprobe("__kfence_alloc", static_cast<std::uint32_t>(*type)), "kprobe", "") : works();
}

/// include/trace/bpf_probe.h makes a typedef for each tracepoint.
bool btf_has_tracepoints(const btf* types) {
    return types != nullptr && has(types, "btf_trace_kfence_alloc", BTF_KIND_TYPEDEF) &&
           has(types, "btf_trace_kfence_free", BTF_KIND_TYPEDEF);
}

LiveAbility probe_tracepoint(const LiveCapabilities& found, bool try_it) {
    if (!found.has_tracepoints) {
        return lacks("this kernel has none, they come with kernel-patches/");
    }
    if (!found.btf.works) {
        return lacks("needs BTF", found.btf.remedy);
    }
    return try_it ? judge_load("tracepoint") : works();
}

void probe_symbols(std::string_view root, LiveCapabilities& found) {
    constexpr std::array<std::string_view, 1> kWanted = {"kfence_metadata"};
    const auto symbols = Kallsyms::load(root, kWanted);
    if (!symbols) {
        const bool has_proc = file_state(rooted(root, "/proc/sys/kernel/osrelease")) != FileState::kMissing;
        found.symbols = lacks(symbols.error().message,
                              has_proc ? "boot a kernel built with CONFIG_KALLSYMS=y" : "mount -t proc proc /proc");
        found.metadata_symbol = found.symbols;
    } else if (symbols->blinded()) {
        const bool from_all = read_number(rooted(root, "/proc/sys/kernel/kptr_restrict")).value_or(0) >= 2;
        found.symbols = lacks("all addresses are hidden",
                              from_all ? "sysctl kernel.kptr_restrict=1" : "run as root, or with CAP_SYSLOG");
        found.metadata_symbol = found.symbols;
    } else {
        found.symbols = works();
        found.metadata_symbol = symbols->find("kfence_metadata")
                                    ? works()
                                    : lacks("kfence_metadata is not in /proc/kallsyms",
                                            "boot a kernel built with CONFIG_KFENCE=y and CONFIG_KALLSYMS_ALL=y");
    }
}

} // namespace

bool has_kfence_tracepoints(std::string_view root) {
    for (const std::string_view tracefs : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
        if (file_state(rooted(root, fmt::format("{}/events", tracefs))) == FileState::kReadable) {
            return file_state(rooted(root, fmt::format("{}/events/kfence", tracefs))) == FileState::kReadable;
        }
    }
    const BtfHandle types(btf__parse(rooted(root, kBtfPath).c_str(), nullptr));
    return btf_has_tracepoints(types.get());
}

LiveCapabilities probe_live(std::string_view root) {
    capture_libbpf_messages();
    const bool running = root == "/";
    const std::string path = rooted(root, kBtfPath);
    const BtfHandle types(btf__parse(path.c_str(), nullptr));
    LiveCapabilities found;
    found.btf = probe_btf(path, types.get());
    found.functions = probe_functions(types.get());
    found.fentry = probe_fentry(found, types.get(), running);
    found.kprobe = probe_kprobe(root, found, types.get(), running);
    found.has_tracepoints = has_kfence_tracepoints(root);
    found.tracepoint = probe_tracepoint(found, running);
    found.free_stacks = types != nullptr && has(types.get(), "metadata_update_state", BTF_KIND_FUNC);
    probe_symbols(root, found);
    // Its words would be about the trials.
    (void)take_libbpf_messages();
    return found;
}

} // namespace kfence
