// SPDX-License-Identifier: Apache-2.0
#include "kernel/mounts.h"

#include <algorithm>

#include "kernel/file.h"
#include "kernel/scan.h"

namespace kfence {
namespace {

constexpr std::size_t kMountsLimit = 16UL * 1024 * 1024; // a host of containers has many

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] == '\\' && text.size() - i > 3 && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
            is_octal(text[i + 3])) {
            plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

} // namespace

std::vector<Mount> parse_mounts(std::string_view text) {
    std::vector<Mount> mounts;
    while (!text.empty()) {
        std::string_view line = take_until(text, '\n');
        take_until(line, ' ');
        const std::string_view path = take_until(line, ' ');
        const std::string_view type = take_until(line, ' ');
        if (!path.empty() && !type.empty()) {
            mounts.push_back({unescaped(path), std::string(type)});
        }
    }
    return mounts;
}

std::vector<Mount> read_mounts(std::string_view root) {
    const auto text = read_file(rooted(root, "/proc/self/mounts"), kMountsLimit);
    return text ? parse_mounts(*text) : std::vector<Mount>{};
}

bool is_mounted(const std::vector<Mount>& mounts, std::string_view type, std::string_view path) {
    return std::ranges::any_of(mounts, [&](const Mount& mount) { return mount.type == type && mount.path == path; });
}

} // namespace kfence
