// SPDX-License-Identifier: Apache-2.0
#include "live/bpf_handle.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <ranges>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace kfence {
namespace {

constexpr std::size_t kKeptBytes = 4096;
constexpr std::size_t kShownBytes = 300;

std::string& kept_messages() {
    static std::string messages;
    return messages;
}

/// Called from C: nothing may escape.
__attribute__((format(printf, 2, 0))) int keep_message(libbpf_print_level level, const char* format,
                                                       va_list arguments) noexcept {
    if (level != LIBBPF_WARN) {
        return 0;
    }
    char* text = nullptr;
    if (vasprintf(&text, format, arguments) < 0) {
        return 0;
    }
    const std::unique_ptr<char, decltype(&std::free)> owner(text, std::free);
    try {
        // The end of a message tells most: a verifier log names the reason last.
        std::string_view tail(text);
        tail.remove_prefix(tail.size() > kKeptBytes ? tail.size() - kKeptBytes : 0);
        std::string& messages = kept_messages();
        messages += tail;
        messages.erase(0, messages.size() > kKeptBytes ? messages.size() - kKeptBytes : 0);
    } catch (...) { // NOLINT(bugprone-empty-catch): a message that cannot be kept is not worth more
    }
    return 0;
}

} // namespace

void capture_libbpf_messages() noexcept {
    libbpf_set_print(keep_message);
}

std::string take_libbpf_messages() {
    std::string text;
    std::string previous;
    bool in_log = false;
    const auto add = [&](std::string_view line) {
        if (text.size() < kShownBytes && !line.empty()) {
            text += (text.empty() ? "" : "; ") + sanitize(line);
        }
    };
    for (const auto part : std::views::split(std::exchange(kept_messages(), {}), '\n')) {
        const std::string line(part.begin(), part.end());
        if (line.contains("END PROG LOAD LOG")) {
            in_log = false;
        } else if (line.contains("BEGIN PROG LOAD LOG")) {
            in_log = true;
        } else if (line.starts_with("processed ") && line.contains(" insns ")) {
            add(previous);
        } else if (!in_log && line.starts_with("libbpf: ")) {
            add(std::string_view(line).substr(std::string_view("libbpf: ").size()));
        }
        previous = line;
    }
    text.resize(std::min(text.size(), kShownBytes));
    return text;
}

} // namespace kfence
