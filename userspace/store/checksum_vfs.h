// SPDX-License-Identifier: Apache-2.0
// A layer of SQLite's that keeps a checksum in the last bytes of each page of a file, and checks it when the page is
// read again: a byte that changed on a disk or on the way is an error, and never a wrong answer.
//
// The bytes are SQLite's own "reserved space": other programs read such files as any others. A page that one of them
// wrote anew (sqlite3 at the end of a recording that was cut off) has zeros there, and is not checked.
#pragma once

namespace kfence {

/// Bytes per page.
inline constexpr int kChecksumBytes = 8;
/// The only size of a page that files have.
inline constexpr int kPageBytes = 4096;

/// The name of the layer for sqlite3_open_v2(). Registers it with the first call; nullptr when SQLite has no files.
[[nodiscard]] const char* checksum_vfs() noexcept;

} // namespace kfence
