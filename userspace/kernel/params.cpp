// SPDX-License-Identifier: Apache-2.0
#include "kernel/params.h"

#include <string>

#include "kernel/file.h"

namespace kfence {
namespace {

/// A module parameter of type bool reads as Y or N (kernel/params.c param_get_bool()).
std::optional<bool> read_bool(const std::string& path) {
    const auto line = read_line(path);
    if (!line || (*line != "Y" && *line != "N")) {
        return std::nullopt;
    }
    return *line == "Y";
}

} // namespace

SettingsEvent read_settings(std::string_view root) {
    const std::string folder = rooted(root, kParametersPath) + "/";
    return {.time = 0,
            .sample_interval_ms = read_number(folder + "sample_interval"),
            .skip_covered_thresh = read_number(folder + "skip_covered_thresh"),
            .burst = read_number(folder + "burst"),
            .deferrable = read_bool(folder + "deferrable")};
}

} // namespace kfence
