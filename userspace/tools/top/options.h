// SPDX-License-Identifier: Apache-2.0
// The command line of kfence-top.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "base/result.h"
#include "tools/common/source_spec.h"
#include "view/csv.h"
#include "view/view_input.h"

namespace kfence {

enum class Format { kText, kJson, kCsv };

struct TopOptions {
    SourceSpec source;
    bool batch = false; ///< asked for, or implied by a format or --once
    std::optional<std::uint64_t> iterations;
    double interval_s = 1;
    std::optional<double> speed; ///< of a recording; nullopt: 1 on a screen, and as fast as it goes in a batch
    Format format = Format::kText;
    CsvTable table = CsvTable::kPool;
    CacheOrder order;
    bool fail_on_loss = false;
    bool no_color = false;
    bool verbose = false;
};

inline constexpr double kMinInterval = 0.1;
inline constexpr double kMaxInterval = 86400;
inline constexpr double kMinSpeed = 0.01;
inline constexpr double kMaxSpeed = 10000;

/// The options, or the exit code of a command line that is done already (--help, --version).
[[nodiscard]] Result<std::variant<TopOptions, int>> parse_options(int argc, const char* const* argv);

} // namespace kfence
