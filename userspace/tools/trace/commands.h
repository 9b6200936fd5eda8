// SPDX-License-Identifier: Apache-2.0
// The commands of kfence-trace. Each declares its options with the command line, and is run when it was named there.
#pragma once

#include <functional>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace kfence {

inline constexpr std::string_view kTraceTool = "kfence-trace";

/// Set by the command that the command line names; returns the exit code.
using ChosenCommand = std::function<Result<int>()>;

// `chosen` must live until the command ran.
void declare_record(CLI::App& app, ChosenCommand& chosen);
void declare_export(CLI::App& app, ChosenCommand& chosen);
void declare_merge(CLI::App& app, ChosenCommand& chosen);
void declare_verify(CLI::App& app, ChosenCommand& chosen);

} // namespace kfence
