// SPDX-License-Identifier: Apache-2.0
// How many columns of a terminal a text takes. Widths are those of glibc's wcwidth() in C.UTF-8, whatever
// locale the program runs in, so that a picture does not depend on the environment.
#pragma once

#include <string>
#include <string_view>

namespace kfence {

/// One base character with what combines with it.
struct Grapheme {
    std::string text; ///< valid UTF-8 without control or format characters; may be empty (nothing to show)
    int width = 0;    ///< columns: 0, 1 or 2
};

/// Takes the first grapheme off `text`. Never fails: an invalid byte is U+FFFD, a control character is "?",
/// characters without a glyph (zero width joiners, variation selectors) are dropped, and a mark without a
/// base gets a space. `text` must not be empty.
[[nodiscard]] Grapheme take_grapheme(std::string_view& text);

/// Columns that `text` takes on one line.
[[nodiscard]] int display_width(std::string_view text);

/// `text`, or its beginning with an ellipsis at the end, so that it takes at most `width` columns.
[[nodiscard]] std::string clip(std::string_view text, int width, bool utf8);

/// The same text with "?" for each grapheme that is not plain ASCII.
[[nodiscard]] std::string to_ascii(std::string_view text);

} // namespace kfence
