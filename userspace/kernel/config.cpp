// SPDX-License-Identifier: Apache-2.0
#include "kernel/config.h"

#include <array>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <zlib.h>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/scan.h"

namespace kfence {
namespace {

constexpr std::size_t kConfigLimit = 8UL * 1024 * 1024;

struct GzCloser {
    void operator()(gzFile_s* file) const noexcept { ::gzclose_r(file); }
};

/// A file that may be compressed or not: gzread() takes both.
Result<std::string> read_gz(const std::string& path) {
    if (auto readable = open_file(path); !readable) {
        return std::unexpected(readable.error());
    }
    const std::unique_ptr<gzFile_s, GzCloser> file(::gzopen(path.c_str(), "rbe"));
    if (!file) {
        return fail(ErrorKind::kFailed, fmt::format("cannot open {}", sanitize(path)));
    }
    std::string text;
    std::array<char, 16384> chunk{};
    while (true) {
        const int got = ::gzread(file.get(), chunk.data(), chunk.size());
        int state = Z_OK;
        ::gzerror(file.get(), &state);
        if (got < 0 || (got == 0 && state != Z_OK)) { // Z_BUF_ERROR: it ends too early
            return fail(ErrorKind::kFailed, fmt::format("{} is not a whole gzip file", sanitize(path)));
        }
        if (got == 0) {
            return text;
        }
        if (text.size() + static_cast<std::size_t>(got) > kConfigLimit) {
            return fail(ErrorKind::kFailed, fmt::format("{} is too large for a kernel configuration", sanitize(path)));
        }
        text.append(chunk.data(), static_cast<std::size_t>(got));
    }
}

} // namespace

Result<KernelConfig> KernelConfig::read(std::string_view root, std::string_view release) {
    std::vector<std::string> paths = {rooted(root, "/proc/config.gz")};
    if (!release.empty() && release.find('/') == std::string_view::npos) {
        paths.push_back(rooted(root, fmt::format("/boot/config-{}", release)));
        paths.push_back(rooted(root, fmt::format("/lib/modules/{}/config", release)));
    }
    for (std::string& path : paths) {
        if (auto text = read_gz(path)) {
            return KernelConfig(std::move(*text), std::move(path));
        }
    }
    return fail(ErrorKind::kUnsupported, fmt::format("no kernel configuration: looked for {}",
                                                     sanitize(fmt::format("{}", fmt::join(paths, ", ")))));
}

std::optional<std::string_view> KernelConfig::value(std::string_view option) const {
    std::string_view rest = text_;
    while (!rest.empty()) {
        std::string_view line = take_until(rest, '\n');
        if (!skip_prefix(line, option) || !skip_prefix(line, "=")) {
            continue;
        }
        if (line.size() >= 2 && line.front() == '"' && line.back() == '"') {
            line = line.substr(1, line.size() - 2);
        }
        return line;
    }
    return std::nullopt;
}

} // namespace kfence
