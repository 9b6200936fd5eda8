// SPDX-License-Identifier: Apache-2.0
// The command line of kfence-trace record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "tools/common/source_spec.h"

namespace kfence {

struct RecordOptions {
    SourceSpec source;
    std::string output; ///< empty: a name made of the host and the time; "-": lines on stdout
    std::optional<double> duration_s;
    std::optional<std::uint64_t> ring_minutes;
    bool on_report = false;
    bool raw_addresses = false;
    std::vector<std::string> command;
    bool fail_on_loss = false;
    bool verbose = false;
};

/// The options as they were typed.
struct TypedRecord {
    std::string output;
    std::string source = "live";
    std::string backend = "auto";
    std::string ring_pages = "0";
    std::optional<std::string> duration;
    std::optional<std::string> ring;
    std::vector<std::string> command;
    bool on_report = false;
    bool raw_addresses = false;
    bool fail_on_loss = false;
    bool verbose = false;
};

/// `typed` must live until the command line was parsed.
void declare_record_options(CLI::App& command, TypedRecord& typed);

/// Errors are kUsage.
[[nodiscard]] Result<RecordOptions> check_record_options(const TypedRecord& typed);

} // namespace kfence
