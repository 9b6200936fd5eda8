// SPDX-License-Identifier: Apache-2.0
// Result<T>: every fallible function returns one. Errors climb with context and are printed once, by
// the tool, as one sentence that names the input and the remedy.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace kfence {

/// What went wrong, in terms of what the tool's caller can do about it. The values are the exit codes
/// that all tools promise.
enum class ErrorKind : int {
    kFailed = 1,      ///< failed while running
    kUsage = 2,       ///< the command line or an input is wrong
    kUnsupported = 3, ///< this kernel or this user lacks something
    kLoss = 4,        ///< events were lost and --fail-on-loss was given
};

/// An error with its message. The message is one clear sentence without a trailing newline.
struct [[nodiscard]] Error {
    ErrorKind kind = ErrorKind::kFailed;
    std::string message;

    /// The exit code for this error.
    [[nodiscard]] int exit_code() const noexcept { return static_cast<int>(kind); }
};

template <typename T> using Result = std::expected<T, Error>;

/// An unexpected value, to be returned from a function that returns Result<T>.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
    return std::unexpected(Error{.kind = kind, .message = std::move(message)});
}

/// The same error with "context: " in front of its message.
[[nodiscard]] std::unexpected<Error> with_context(Error error, std::string_view context);

/// An error from errno: "context: strerror(errno_value)".
[[nodiscard]] std::unexpected<Error> fail_errno(ErrorKind kind, int errno_value, std::string_view context);

} // namespace kfence
