// SPDX-License-Identifier: Apache-2.0
// The options that say which part of a recording is looked at.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "tools/trace/summary_pass.h"

namespace kfence {

/// As typed; empty: not given.
struct TypedWish {
    std::string since;
    std::string until;
    std::string cache;
    std::string cgroup;
};

/// `typed` must live until the command line was parsed.
void declare_wish(CLI::App& command, TypedWish& typed);

/// Errors are kUsage and name the option.
[[nodiscard]] Result<SummaryWish> parse_wish(const TypedWish& typed);

/// "" is nullopt.
[[nodiscard]] Result<std::optional<Moment>> parse_optional_moment(std::string_view option, const std::string& text);

} // namespace kfence
