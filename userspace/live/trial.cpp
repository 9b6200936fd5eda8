// SPDX-License-Identifier: Apache-2.0
#include "live/trial.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <string_view>

#include <bpf/bpf.h>

#include "base/fd.h"
#include "live/bpf_handle.h"

namespace kfence {
namespace {

// r0 = 0; exit
constexpr std::array<bpf_insn, 2> kDoNothing = {
    bpf_insn{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
    bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};

// call bpf_get_current_cgroup_id; exit
constexpr std::array<bpf_insn, 2> kAskForCgroup = {
    bpf_insn{.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = BPF_FUNC_get_current_cgroup_id},
    bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};

std::unexpected<Refusal> refused(int error, std::string_view what) {
    return std::unexpected(Refusal{.error = error, .what = what});
}

int load(bpf_prog_type type, std::span<const bpf_insn> program, const bpf_prog_load_opts& options) {
    capture_libbpf_messages();
    return bpf_prog_load(type, "kfence_trial", "GPL", program.data(), program.size(), &options);
}

} // namespace

std::string_view remedy_for(int error, std::string_view unsupported) noexcept {
    constexpr int kNotSupported = 524; // ENOTSUPP of the kernel's include/linux/errno.h, which libc does not have
    switch (error) {
    case EPERM:
    case EACCES:
        return "run as root; needs CAP_BPF and CAP_PERFMON, and no lockdown";
    case EOPNOTSUPP:
    case kNotSupported:
        return unsupported;
    default:
        return "";
    }
}

std::expected<void, Refusal> try_fentry(std::uint32_t function_btf_id) {
    LIBBPF_OPTS(bpf_prog_load_opts, options);
    options.expected_attach_type = BPF_TRACE_FENTRY;
    options.attach_btf_id = function_btf_id;
    const int program = load(BPF_PROG_TYPE_TRACING, kDoNothing, options);
    if (program < 0) {
        return refused(-program, "the kernel does not load it");
    }
    const UniqueFd owned(program);
    const int link = bpf_raw_tracepoint_open(nullptr, program);
    if (link < 0) {
        return refused(-link, "the kernel does not attach it");
    }
    const UniqueFd attached(link);
    return {};
}

std::expected<void, Refusal> try_kprobe(const char* function, std::uint32_t pmu_type) {
    LIBBPF_OPTS(bpf_prog_load_opts, options);
    const int program = load(BPF_PROG_TYPE_KPROBE, kDoNothing, options);
    if (program < 0) {
        return refused(-program, "the kernel does not load it");
    }
    const UniqueFd owned(program);
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = pmu_type;
    attributes.kprobe_func = reinterpret_cast<std::uintptr_t>(function);
    const long event = ::syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
    if (event < 0) {
        return refused(errno, "the kernel does not place it");
    }
    const UniqueFd placed(static_cast<int>(event));
    return {};
}

/// libbpf's own probe (1.1) reads the verifier's words, which newer kernels changed; this one sees whether it loads.
bool has_cgroup_helper() {
    LIBBPF_OPTS(bpf_prog_load_opts, options);
    const UniqueFd program(load(BPF_PROG_TYPE_KPROBE, kAskForCgroup, options));
    return program.get() >= 0;
}

} // namespace kfence
