// SPDX-License-Identifier: Apache-2.0
#include "kernel/stats.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/scan.h"

namespace kfence {
namespace {

/// What was found of the lines that every kernel has.
struct Found {
    bool enabled = false;
    bool allocated = false;
    bool allocs = false;
    bool frees = false;
};

std::unexpected<Error> bad(std::string_view line) {
    return fail(ErrorKind::kFailed,
                fmt::format("kfence/stats has a line that is not a count: '{}'", sanitize(line.substr(0, 80))));
}

void store(CountersEvent& counters, Found& found, std::string_view name, std::uint64_t value) {
    if (name == "enabled") {
        counters.enabled = value != 0;
        found.enabled = true;
    } else if (name == "currently allocated") {
        counters.allocated = value;
        found.allocated = true;
    } else if (name == "total allocations") {
        counters.allocs = value;
        found.allocs = true;
    } else if (name == "total frees") {
        counters.frees = value;
        found.frees = true;
    } else if (name == "zombie allocations") {
        counters.zombies = value;
    } else if (name == "total bugs") {
        counters.bugs = value;
    } else if (name == "skipped allocations (incompatible)") {
        counters.skip_incompatible = value;
    } else if (name == "skipped allocations (capacity)") {
        counters.skip_capacity = value;
    } else if (name == "skipped allocations (covered)") {
        counters.skip_covered = value;
    } else if (name == "skipped allocations (quota)") {
        counters.skip_quota = value;
    }
}

} // namespace

Result<CountersEvent> parse_stats(std::string_view text) {
    CountersEvent counters;
    Found found;
    if (text.empty() || text.back() != '\n') {
        return fail(ErrorKind::kFailed, "kfence/stats ends in the middle of a line");
    }
    while (!text.empty()) {
        const std::string_view line = take_until(text, '\n');
        const auto colon = line.rfind(':');
        if (colon == std::string_view::npos) {
            return bad(line);
        }
        const auto value = parse_unsigned(trimmed(line.substr(colon + 1)));
        if (!value) {
            return bad(line);
        }
        store(counters, found, line.substr(0, colon), *value);
    }
    if (!found.enabled || !found.allocated || !found.allocs || !found.frees) {
        return fail(ErrorKind::kFailed,
                    "kfence/stats lacks one of 'enabled', 'currently allocated', 'total allocations', 'total frees'");
    }
    return counters;
}

Result<StatsReader> StatsReader::open(std::string_view root) {
    std::string path = rooted(root, kStatsPath);
    auto fd = open_file(path);
    if (!fd) {
        return std::unexpected(fd.error());
    }
    return StatsReader(std::move(*fd), std::move(path));
}

Result<CountersEvent> StatsReader::read() {
    std::array<char, 4096> text{};
    ssize_t got = 0;
    do {
        got = ::pread(fd_.get(), text.data(), text.size(), 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return std::unexpected(file_error(errno, "read", path_));
    }
    return parse_stats({text.data(), static_cast<std::size_t>(got)});
}

} // namespace kfence
