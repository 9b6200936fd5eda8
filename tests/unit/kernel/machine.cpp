// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

#include <memory>
#include <stdexcept>

#include <bpf/btf.h>

namespace kfence::test {
namespace {

constexpr const char* kSeparator = "---------------------------------\n";

void add_function(btf* types, int prototype, const char* name) {
    if (btf__add_func(types, name, BTF_FUNC_STATIC, prototype) < 0) {
        throw std::runtime_error("cannot add a function to BTF");
    }
}

} // namespace

std::string btf_bytes(bool with_kfence, std::string_view without, bool with_tracepoints) {
    const std::unique_ptr<btf, decltype(&btf__free)> types(btf__new_empty(), btf__free);
    const int word = btf__add_int(types.get(), "long", 8, BTF_INT_SIGNED);
    if (with_kfence) {
        btf__add_struct(types.get(), "kfence_metadata", 8);
        btf__add_field(types.get(), "addr", word, 0, 0);
        const int prototype = btf__add_func_proto(types.get(), word);
        for (const char* name : {"__kfence_alloc", "__kfence_free", "kfence_guarded_free", "kfence_report_error",
                                 "metadata_update_state"}) {
            if (name != without) {
                add_function(types.get(), prototype, name);
            }
        }
    }
    if (with_tracepoints) {
        btf__add_typedef(types.get(), "btf_trace_kfence_alloc", word);
        btf__add_typedef(types.get(), "btf_trace_kfence_free", word);
    }
    std::uint32_t size = 0;
    const void* data = btf__raw_data(types.get(), &size);
    return {static_cast<const char*>(data), size};
}

std::string objects_text(unsigned objects) {
    std::string text = "kfence-#0: 0x00000000f00dcafe-0x00000000f00dcafe, size=64, cache=kmalloc-64\n"
                       "\n"
                       "allocated by task 7 on cpu 1 at 12.000345s (3.000100s ago):\n"
                       " alloc_pipe_info+0x4c/0x1f0\n"
                       " do_pipe2+0x2a/0xc0\n";
    text += kSeparator;
    text += "kfence-#1: 0x00000000f00dcaff-0x00000000f00dcaff, size=192, cache=dentry\n"
            "\n"
            "allocated by task 8 on cpu 0 at 13.000001s (2.000444s ago):\n"
            " d_alloc+0x2b/0x1c0\n"
            "\n"
            "freed by task 9 on cpu 1 at 14.500000s (0.500445s ago):\n"
            " __fput+0xe1/0x2a0\n";
    text += kSeparator;
    for (unsigned slot = 2; slot < objects; slot++) {
        text += "kfence-#" + std::to_string(slot) + " unused\n" + kSeparator;
    }
    return text;
}

void healthy_machine(const FixtureRoot& root) {
    root.file("/proc/sys/kernel/hostname", "web-17\n");
    root.file("/proc/sys/kernel/osrelease", "6.12.117-test\n");
    root.file("/proc/sys/kernel/arch", "x86_64\n");
    root.file("/proc/sys/kernel/kptr_restrict", "0\n");
    root.file("/proc/self/status", "Name:\tx\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n");
    root.file("/proc/self/mounts", "proc /proc proc rw 0 0\ndebugfs /sys/kernel/debug debugfs rw 0 0\n");
    root.file("/proc/kallsyms", "ffffffff81000000 T _stext\n"
                                "ffffffff81000100 T __kfence_alloc\n"
                                "ffffffff82000000 B kfence_metadata\n");
    root.file("/boot/config-6.12.117-test", "CONFIG_KFENCE=y\nCONFIG_KFENCE_NUM_OBJECTS=255\n");
    root.file("/sys/kernel/btf/vmlinux", btf_bytes(true));
    root.file("/sys/bus/event_source/devices/kprobe/type", "8\n");
    root.file("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
    root.file("/sys/module/kfence/parameters/sample_interval", "100\n");
    root.file("/sys/module/kfence/parameters/skip_covered_thresh", "75\n");
    root.file("/sys/module/kfence/parameters/burst", "0\n");
    root.file("/sys/module/kfence/parameters/deferrable", "N\n");
    root.file("/sys/kernel/slab/dentry/skip_kfence", "0\n");
    root.file("/sys/kernel/debug/kfence/stats", "enabled: 1\ncurrently allocated: 1\ntotal allocations: 2\n"
                                                "total frees: 1\nzombie allocations: 0\ntotal bugs: 0\n"
                                                "skipped allocations (incompatible): 5\n"
                                                "skipped allocations (capacity): 0\n"
                                                "skipped allocations (covered): 3\n");
    root.file("/sys/kernel/debug/kfence/objects", objects_text(255));
}

void turn_off(const FixtureRoot& root) {
    root.file("/sys/module/kfence/parameters/sample_interval", "0\n");
    root.remove("/sys/kernel/debug/kfence");
}

} // namespace kfence::test
