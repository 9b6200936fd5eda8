// SPDX-License-Identifier: Apache-2.0
// Who records into a file holds a lock on it, so that nobody else does. It is another lock than SQLite's own: readers
// may open the file meanwhile.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace kfence {

/// Creates the file, readable by its owner only, and locks it for as long as the descriptor lives. An empty file is
/// taken as well. The descriptor must live longer than any connection of this process to the file: closing it would
/// drop SQLite's locks. Errors are kUsage and name the file.
[[nodiscard]] Result<UniqueFd> create_recording(const std::string& path);

/// True while another process records into this file. False also when it does not exist. Not while this process has a
/// connection to it.
[[nodiscard]] bool is_being_recorded(const std::string& path) noexcept;

} // namespace kfence
