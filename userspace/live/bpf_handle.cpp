// SPDX-License-Identifier: Apache-2.0
#include "live/bpf_handle.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace kfence {
namespace {

constexpr std::size_t kKeptBytes = 2048;

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
    std::string line;
    for (const char c : std::exchange(kept_messages(), {})) {
        if (c != '\n') {
            line += c;
            continue;
        }
        text += text.empty() ? sanitize(line) : "; " + sanitize(line);
        line.clear();
    }
    return text;
}

} // namespace kfence
