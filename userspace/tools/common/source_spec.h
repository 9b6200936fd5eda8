// SPDX-License-Identifier: Apache-2.0
// The `--source` and `--backend` of every tool.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kfence {

enum class SourceKind { kLive, kReplay, kSim, kFixture };

struct SourceSpec {
    SourceKind kind = SourceKind::kLive;
    std::string argument;         ///< what follows the colon: a file, a specification
    std::string backend = "auto"; ///< of a live source
    std::size_t ring_pages = 0;   ///< of a live source, per ring; a power of two, 0 for the default
};

/// Parses "live", "replay:FILE", "sim:SPEC", "fixture:FILE" (for tests: source/fixture_script.h) and a backend
/// of "auto", "tracepoint", "fentry", "kprobe", "poll". Errors are kUsage.
[[nodiscard]] Result<SourceSpec> parse_source(std::string_view source, std::string_view backend,
                                              std::size_t ring_pages);

} // namespace kfence
