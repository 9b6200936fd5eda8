// SPDX-License-Identifier: Apache-2.0
// Small kernel files: read whole, written as one knob. Every reader in this folder takes a `root`, so that a
// test can hand in a folder that looks like /.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace kfence {

/// The path of `absolute` ("/sys/...") below `root`; root is "/" or a folder.
[[nodiscard]] std::string rooted(std::string_view root, std::string_view absolute);

/// How a file answers to being opened for reading.
enum class FileState : std::uint8_t {
    kReadable,
    kMissing, ///< ENOENT, ENOTDIR: this kernel does not have it, or its file system is not mounted
    kDenied,  ///< EACCES: this user may not
    kLocked,  ///< EPERM: not even root may; kernel lockdown, or a missing capability
    kBroken,  ///< anything else
};
[[nodiscard]] FileState file_state(const std::string& path);

/// A sentence about errno `error`, met while doing `action` ("read", "write") to `path`, with the remedy.
/// What the kernel or the user lacks is kUnsupported, all else kFailed.
[[nodiscard]] Error file_error(int error, std::string_view action, const std::string& path);

/// Opens for reading, with O_CLOEXEC.
Result<UniqueFd> open_file(const std::string& path);

/// Reads up to `size` bytes from where the file stands; 0 at its end. Retries after a signal.
Result<std::size_t> read_some(const UniqueFd& fd, char* data, std::size_t size, const std::string& path);

/// A file of at most `limit` bytes. st_size is not believed: it is 0 or a page for kernel files.
Result<std::string> read_file(const std::string& path, std::size_t limit = 64 * 1024);

/// The first line of a file, without blanks at its ends.
Result<std::string> read_line(const std::string& path);

/// The first line as an unsigned number; nullopt when the file is missing, unreadable or not a number.
[[nodiscard]] std::optional<std::uint64_t> read_number(const std::string& path);

/// Writes `value` into an existing knob with one write(2), as sysfs wants it.
Result<void> write_knob(const std::string& path, std::string_view value);

} // namespace kfence
