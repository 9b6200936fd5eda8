// SPDX-License-Identifier: Apache-2.0
// Data on stdout: complete or not at all, without getting stuck on a reader that has stopped.
#pragma once

#include <string_view>

#include "base/result.h"

namespace kfence {

enum class Written {
    kAll,
    kReaderGone,  ///< the pipe or the terminal was closed: a quiet end
    kInterrupted, ///< `interrupt_fd` became readable while the reader was slow
};

/// Writes all of `data` to `fd`; a signal that waits at `interrupt_fd` (-1: none) ends the wait for a slow
/// reader, and stays there to be taken. What takes all without a wait (a file) gets all of it, so that its last line
/// is whole. Both signals of ignore_write_signals() must be ignored.
[[nodiscard]] Result<Written> write_all(int fd, std::string_view data, int interrupt_fd);

} // namespace kfence
