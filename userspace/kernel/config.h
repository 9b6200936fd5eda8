// SPDX-License-Identifier: Apache-2.0
// What the kernel was built with, where it says so.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kfence {

/// The text of a kernel's .config.
class KernelConfig {
public:
    explicit KernelConfig(std::string text, std::string path = {}) : text_(std::move(text)), path_(std::move(path)) {}

    /// /proc/config.gz, /boot/config-RELEASE or /lib/modules/RELEASE/config, the first that is readable.
    /// `release` is that of the running kernel; one with a slash is refused.
    static Result<KernelConfig> read(std::string_view root, std::string_view release);

    /// The value of "CONFIG_X": "y", "m", "255", the text of a string without its quotes. nullopt: not set.
    /// Points into this object.
    [[nodiscard]] std::optional<std::string_view> value(std::string_view option) const;

    /// The file that it was read from.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string text_;
    std::string path_;
};

} // namespace kfence
