// SPDX-License-Identifier: Apache-2.0
#include "tools/common/open_source.h"

#include <unistd.h>

#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/file.h"
#include "live/open_live.h"
#include "source/fixture_source.h"
#include "store/replay_source.h"

namespace kfence {
namespace {

Result<std::unique_ptr<Source>> open_fixture(const std::string& path) {
    constexpr std::size_t kMostBytes = 64U << 20U;
    if (file_state(path) == FileState::kMissing) {
        return fail(ErrorKind::kUsage, fmt::format("there is no fixture {}", sanitize(path)));
    }
    const auto text = read_file(path, kMostBytes);
    if (!text) {
        return fail(ErrorKind::kUsage, text.error().message);
    }
    auto script = parse_fixture(*text);
    if (!script) {
        return with_context(script.error(), sanitize(path));
    }
    return std::make_unique<FixtureSource>(std::move(*script));
}

/// FILE or FILE#MACHINE; a file whose name has a # is found as well.
Result<std::unique_ptr<Source>> open_replay(const std::string& argument) {
    const std::size_t mark = argument.rfind('#');
    const bool is_name = mark == std::string::npos || file_state(argument) != FileState::kMissing;
    return is_name ? ReplaySource::open(argument, {})
                   : ReplaySource::open(argument.substr(0, mark), argument.substr(mark + 1));
}

} // namespace

Result<std::unique_ptr<Source>> open_source(const SourceSpec& spec) {
    switch (spec.kind) {
    case SourceKind::kReplay:
        return open_replay(spec.argument);
    case SourceKind::kSim:
        return fail(ErrorKind::kUsage, "--source sim: is not in this version; there is --source live");
    case SourceKind::kFixture:
        return open_fixture(spec.argument);
    case SourceKind::kLive:
        break;
    }
    LiveOptions options;
    options.backend = spec.backend;
    options.ring_bytes = spec.ring_pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return open_live_source(options);
}

} // namespace kfence
