// SPDX-License-Identifier: Apache-2.0
#include "fixed_snapshot.h"

#include <cmath>

#include <string>
#include <vector>

namespace kfence {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSecond = 1000 * kMs;
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;
constexpr KernelNs kNow = 3 * kDay + 4 * kHour + 12 * kMinute;
constexpr std::uint32_t kPool = 255;

std::vector<AgeBucket> ages() {
    std::vector<AgeBucket> out;
    for (unsigned bit = 20; bit <= 50; ++bit) {
        out.push_back({1ULL << bit, 0});
    }
    out.push_back({UINT64_MAX, 0});
    const std::uint32_t counts[] = {1, 1, 2, 3, 3, 6,  4,  4,  4,  3,  3,  3,  2, 2, 1, 1,
                                    2, 6, 7, 8, 8, 15, 15, 16, 15, 20, 16, 14, 6, 0, 0, 0};
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i].count = counts[i];
    }
    return out;
}

std::vector<HistoryPoint> history() {
    std::vector<HistoryPoint> out;
    for (std::uint64_t i = 0; i <= 720; ++i) {
        const double fill = 1 - std::exp(-static_cast<double>(i) / 240);
        out.push_back({kNow - kHour + i * 5 * kSecond, static_cast<std::uint32_t>(191 * fill)});
    }
    return out;
}

} // namespace

StackId FixedSnapshot::stack(std::initializer_list<const char*> frames) {
    return names.stack(std::vector<std::string>(frames.begin(), frames.end()));
}

void FixedSnapshot::add_cache(const char* name, std::uint32_t live, std::uint64_t allocs, double rate,
                              std::uint64_t p50_ms, std::uint64_t p99_ms) {
    CacheUse use;
    use.cache = names.cache(name);
    use.allocated = live;
    use.allocs = allocs;
    use.frees = allocs - live;
    use.share = static_cast<double>(live) / kPool;
    use.sampled = static_cast<double>(allocs) / 44700;
    use.alloc_rate = rate;
    use.age_p50_ns = p50_ms * kMs;
    use.age_p99_ns = p99_ms * kMs;
    use.life_p50_ns = p50_ms * kMs / 200;
    use.life_p99_ns = p99_ms * kMs / 34;
    snapshot.caches.push_back(use);
}

void FixedSnapshot::add_stack(std::uint32_t count, const char* cache, std::initializer_list<const char*> frames) {
    snapshot.stacks.push_back({stack(frames), names.cache(cache), count, 2 * kDay});
}

void FixedSnapshot::add_reports() {
    ReportEvent uaf{.time = kNow - 12 * kMinute, .task = {}, .alloc_task = {}, .free_task = {}};
    uaf.type = ReportType::kUseAfterFree;
    uaf.access = Access::kRead;
    uaf.slot = 17;
    uaf.cache = names.cache("sctp_ep");
    uaf.size = 200;
    uaf.allocated_at = uaf.time - 41 * kMs;
    uaf.freed_at = uaf.time - 12 * kMs;
    uaf.access_stack = stack({"sctp_assoc_free+0x61/0x2b0 [sctp]", "sctp_close+0x1/0x2 [sctp]"});
    uaf.alloc_stack = stack({"sctp_endpoint_new+0x23/0x300 [sctp]", "sctp_init_sock+0x1/0x2 [sctp]"});
    uaf.free_stack = stack({"sctp_endpoint_destroy_rcu+0x2/0x30 [sctp]", "rcu_core+0x1/0x2"});
    uaf.task.comm = {'c', 'u', 'r', 'l'};
    uaf.task.pid = 4711;
    uaf.task.cpu = 3;
    ReportEvent oob = uaf;
    oob.time = kNow - 2 * kDay;
    oob.type = ReportType::kOutOfBounds;
    oob.access = Access::kWrite;
    oob.cache = names.cache("kmalloc-64");
    oob.access_stack = stack({"foo_parse+0x1c2/0x400 [foo]"});
    snapshot.reports = {{uaf, 29 * kMs}, {oob, 5 * kSecond}};
    snapshot.reports_total = 2;
}

FixedSnapshot::FixedSnapshot() {
    info.host = "web-17";
    info.kernel = "6.12.117";
    info.backend = "fentry";
    info.blind = {"allocations that another CPU took the gate for"};
    Snapshot& s = snapshot;
    s.now = kNow;
    s.enabled = true;
    s.pool = {.objects = kPool, .allocated = 191, .free = 64, .zombies = 0, .rcu_freeing = 0, .usage = 191.0 / kPool};
    s.rates = {.intended = 10.0,
               .attempted = 10.0,
               .actual = 9.3,
               .frees = 9.2,
               .skip_incompatible = 3.2,
               .skip_capacity = 0.0,
               .skip_covered = 0.7};
    s.settings = {.sample_interval_ms = 100, .skip_covered_thresh = 75, .burst = 0, .deferrable = false};
    s.counters = KernelCounters{.enabled = true,
                                .allocated = 191,
                                .allocs = 51840,
                                .frees = 51649,
                                .zombies = 0,
                                .bugs = 2,
                                .skip_incompatible = 90123,
                                .skip_capacity = 0,
                                .skip_covered = 4711};
    s.drift = {.allocated = 0, .allocs = 0, .frees = 0, .settled = true};
    s.quarantine_s = 7.1;
    s.full_in_s = 41 * 60;
    s.ages = ages();
    s.history = history();
    add_cache("dentry", 61, 1840, 0.41, 41 * 60'000, 3 * 86'400'000ULL);
    add_cache("ext4_inode_cache", 34, 310, 0.06, 2 * 3'600'000, 3 * 86'400'000ULL);
    add_cache("buffer_head", 22, 802, 0.20, 9 * 60'000, 5 * 3'600'000);
    add_cache("kmalloc-64", 19, 12240, 2.90, 210, 12 * 60'000);
    add_cache("kernfs_node_cache", 17, 1012, 0.11, 5 * 3'600'000, 3 * 86'400'000ULL);
    add_cache("vm_area_struct", 11, 9120, 1.7, 1300, 40 * 60'000);
    add_cache("sock_inode_cache", 9, 512, 0.08, 90'000, 2 * 3'600'000);
    add_cache("filp", 8, 7310, 1.21, 400, 65'000);
    for (int i = 0; i < 10; ++i) {
        const std::string name = "kmalloc-cg-" + std::to_string(8U << i);
        add_cache(name.c_str(), 1, static_cast<std::uint64_t>(900 - 80 * i), 0.1, 30'000, 30'000);
    }
    s.caches[5].skipped = true;
    add_stack(34, "dentry", {"d_alloc_parallel+0x4c/0x430", "__lookup_slow+0x5d/0x150", "walk_component+0xdb/0x150"});
    add_stack(21, "ext4_inode_cache", {"alloc_inode+0x59/0xc0", "iget_locked+0xd1/0x210", "__ext4_iget+0xc9/0xfe0"});
    add_stack(17, "buffer_head", {"alloc_buffer_head+0x1c/0x90", "folio_alloc_buffers+0x97/0x1f0"});
    add_stack(12, "kernfs_node_cache", {"__kernfs_new_node+0x5c/0x210", "kernfs_create_dir_ns+0x2c/0x80"});
    add_stack(9, "filp", {"alloc_empty_file+0x45/0x110", "path_openat+0x44/0x1150", "do_filp_open+0xaf/0x160"});
    add_stack(7, "kmalloc-64", {"a_function_with_a_rather_long_name_that_will_not_fit_on_a_narrow_screen+0x1/0x2"});
    add_reports();
}

ViewInput FixedSnapshot::input() const {
    return {.snapshot = snapshot,
            .names = names,
            .info = info,
            .anchor = {.kernel = kNow, .unix_ns = 1'795'360'283'123'000'000},
            .uptime_s = kNow / kSecond,
            .silent_s = silent_s};
}

} // namespace kfence
