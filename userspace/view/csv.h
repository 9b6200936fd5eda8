// SPDX-License-Identifier: Apache-2.0
// A refresh as CSV by RFC 4180: lines end in CRLF, unknown figures are empty cells. Safe to open in a
// spreadsheet: a text that it would take for a formula gets an apostrophe in front.
#pragma once

#include <string>
#include <string_view>

#include "view/view_input.h"

namespace kfence {

/// Which rows: one per refresh with the pool's figures, or one per refresh and cache.
enum class CsvTable { kPool, kCaches };

[[nodiscard]] std::string csv_header(CsvTable table);
[[nodiscard]] std::string csv_rows(CsvTable table, const ViewInput& input, const CacheOrder& order);

/// One cell of text: quoted where the RFC asks for it, and made harmless.
[[nodiscard]] std::string csv_text(std::string_view text);

} // namespace kfence
