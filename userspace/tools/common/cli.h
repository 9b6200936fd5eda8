// SPDX-License-Identifier: Apache-2.0
// What the command lines of all tools have in common: --help and --version on stdout, one sentence on stderr
// for what is wrong, and the exit codes of ErrorKind.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace kfence {

/// Parses into what the options of `app` are bound to. Returns an exit code when the program is done already
/// (--help, --version), nothing when it is to go on, and a kUsage error for what does not parse.
[[nodiscard]] Result<std::optional<int>> parse_command_line(CLI::App& app, int argc, const char* const* argv);

/// "tool: message" as one line on stderr. The message may have come from anywhere: it is sanitized here.
void print_message(std::string_view tool, std::string_view message);

/// Runs the tool. An error or an exception is printed, and its exit code is returned.
[[nodiscard]] int run_tool(std::string_view tool, const std::function<Result<int>()>& body) noexcept;

} // namespace kfence
