// SPDX-License-Identifier: Apache-2.0
#include "tools/doctor/facts.h"

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/config.h"
#include "kernel/mounts.h"
#include "kernel/objects.h"
#include "kernel/params.h"
#include "kernel/scan.h"
#include "kernel/slab.h"
#include "kernel/stats.h"

namespace kfence {
namespace {

void collect_config(std::string_view root, Facts& facts) {
    const auto config = KernelConfig::read(root, facts.host.release);
    if (!config) {
        facts.notes.push_back(config.error().message);
        return;
    }
    facts.notes.push_back(fmt::format("kernel configuration: {}", sanitize(config->path())));
    facts.config_known = true;
    if (const auto value = config->value("CONFIG_KFENCE")) {
        facts.config_kfence = sanitize(*value);
    }
    if (const auto value = config->value("CONFIG_KFENCE_NUM_OBJECTS")) {
        facts.config_objects = parse_unsigned(*value);
    }
}

void collect_counters(std::string_view root, Facts& facts) {
    auto reader = StatsReader::open(root);
    const auto counters = reader ? reader->read() : std::unexpected(reader.error());
    if (counters) {
        facts.counters = *counters;
    } else if (facts.stats_file != FileState::kMissing) {
        facts.debugfs_error = counters.error().message;
    }
}

void collect_objects(std::string_view root, Facts& facts) {
    auto reader = ObjectsReader::open(root);
    const auto walked = reader ? reader->walk([](const ObjectRecord&) {}) : std::unexpected(reader.error());
    if (!walked) {
        if (facts.objects_file != FileState::kMissing && facts.debugfs_error.empty()) {
            facts.debugfs_error = walked.error().message;
        }
        return;
    }
    if (walked->malformed != 0) {
        facts.notes.push_back(fmt::format("kfence/objects: {} records are not understood", walked->malformed));
    }
    if (walked->objects != 0) {
        facts.pool_objects = walked->objects;
    } else {
        facts.debugfs_error = "kfence/objects has no slot that can be understood";
    }
}

void note_ability(std::string_view name, const LiveAbility& ability, Facts& facts) {
    facts.notes.push_back(fmt::format("{}: {}", name, ability.works ? "works" : ability.why));
}

} // namespace

Facts collect_facts(std::string_view root) {
    Facts facts;
    facts.host = read_host(root);
    facts.user = read_user(root);
    facts.live = probe_live(root);
    facts.module_folder = file_state(rooted(root, "/sys/module/kfence")) != FileState::kMissing;
    facts.interval_file = file_state(rooted(root, kSampleIntervalPath));
    facts.settings = read_settings(root);
    facts.slab_flags = has_slab_flags(root);
    facts.debugfs_mounted = is_mounted(read_mounts(root), "debugfs", "/sys/kernel/debug");
    facts.stats_file = file_state(rooted(root, kStatsPath));
    facts.objects_file = file_state(rooted(root, kObjectsPath));
    collect_config(root, facts);
    collect_counters(root, facts);
    collect_objects(root, facts);
    note_ability("BTF", facts.live.btf, facts);
    note_ability("fentry", facts.live.fentry, facts);
    note_ability("kprobe", facts.live.kprobe, facts);
    note_ability("symbols", facts.live.symbols, facts);
    return facts;
}

} // namespace kfence
