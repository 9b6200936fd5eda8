// SPDX-License-Identifier: Apache-2.0
#include "tools/common/source_spec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace kfence {
namespace {

constexpr std::array<std::string_view, 5> kBackends = {"auto", "tracepoint", "fentry", "kprobe", "poll"};
constexpr std::array<std::pair<std::string_view, SourceKind>, 3> kWithArgument = {
    {{"replay:", SourceKind::kReplay}, {"sim:", SourceKind::kSim}, {"fixture:", SourceKind::kFixture}}};
constexpr std::size_t kMaxRingPages = 1U << 18U; // 1 GiB

} // namespace

Result<SourceSpec> parse_source(std::string_view source, std::string_view backend, std::size_t ring_pages) {
    SourceSpec spec;
    spec.backend = backend;
    spec.ring_pages = ring_pages;
    if (std::ranges::find(kBackends, backend) == kBackends.end()) {
        return fail(ErrorKind::kUsage, fmt::format("--backend {}: there are auto, tracepoint, fentry, kprobe and poll",
                                                   sanitize(backend)));
    }
    if (ring_pages != 0 && (!std::has_single_bit(ring_pages) || ring_pages > kMaxRingPages)) {
        return fail(ErrorKind::kUsage,
                    fmt::format("--ring-pages {}: must be a power of two, at most {}", ring_pages, kMaxRingPages));
    }
    if (source == "live") {
        return spec;
    }
    for (const auto& [prefix, kind] : kWithArgument) {
        if (source.starts_with(prefix) && source.size() > prefix.size()) {
            spec.kind = kind;
            spec.argument = source.substr(prefix.size());
            return spec;
        }
    }
    return fail(
        ErrorKind::kUsage,
        fmt::format("--source {}: must be live or replay:FILE; sim:SPEC is not in this version", sanitize(source)));
}

} // namespace kfence
