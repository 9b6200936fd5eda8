// SPDX-License-Identifier: Apache-2.0
// /sys/module/kfence/parameters: the knobs (mm/kfence/core.c).
#pragma once

#include <string_view>

#include "base/result.h"
#include "event/event.h"

namespace kfence {

inline constexpr std::string_view kParametersPath = "/sys/module/kfence/parameters";
inline constexpr std::string_view kSampleIntervalPath = "/sys/module/kfence/parameters/sample_interval";

/// The knobs that this kernel has and this user can read; sample_interval is 0600. `time` is 0.
[[nodiscard]] SettingsEvent read_settings(std::string_view root);

} // namespace kfence
