// SPDX-License-Identifier: Apache-2.0
// What kfence-doctor finds on a machine. Finding and judging are apart, so that every judgement can be tested.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "kernel/file.h"
#include "kernel/host.h"
#include "kernel/user.h"
#include "live/probe.h"

namespace kfence {

struct Facts {
    Host host;
    std::optional<User> user;
    LiveCapabilities live;

    bool module_folder = false;                    ///< /sys/module/kfence: there whenever KFENCE is compiled in
    bool config_known = false;                     ///< the kernel's configuration could be read
    std::optional<std::string> config_kfence;      ///< CONFIG_KFENCE
    std::optional<std::uint64_t> config_objects;   ///< CONFIG_KFENCE_NUM_OBJECTS
    FileState interval_file = FileState::kMissing; ///< .../parameters/sample_interval
    SettingsEvent settings;
    bool slab_flags = false; ///< caches have skip_kfence

    bool debugfs_mounted = false;
    FileState stats_file = FileState::kMissing;
    FileState objects_file = FileState::kMissing;
    std::optional<CountersEvent> counters;
    std::optional<std::uint32_t> pool_objects; ///< counted in debugfs
    std::string debugfs_error;                 ///< what was wrong with a file that is there

    std::vector<std::string> notes; ///< where things were found; for -v
};

/// Looks everywhere. Never fails: what cannot be read is a fact, too.
[[nodiscard]] Facts collect_facts(std::string_view root);

} // namespace kfence
