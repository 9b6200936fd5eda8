// SPDX-License-Identifier: Apache-2.0
// Text for people, no wider than it may be: labelled lines, tables, figures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kfence {

struct TextShape {
    int width = 110;
    bool utf8 = true;
};

/// "864,000"; "-" for what is not known.
[[nodiscard]] std::string grouped(std::optional<double> count);

/// "2026-11-22 08:00:30" in UTC.
[[nodiscard]] std::string format_second(std::int64_t unix_ns);
/// The same twice, the day once when it is the same one.
[[nodiscard]] std::string format_span(std::int64_t from_unix_ns, std::int64_t to_unix_ns);

/// The label, and the pieces after it, on as many lines as they need. A piece that is too long is cut off.
[[nodiscard]] std::string labelled(std::string_view label, const std::vector<std::string>& pieces,
                                   const TextShape& shape, std::string_view between = "   ");
/// One line, cut off, and its newline.
[[nodiscard]] std::string line(std::string_view text, const TextShape& shape);

inline constexpr int kLabelColumns = 13;

struct Column {
    std::string heading;
    bool right = true;
    int rank = 0; ///< where there is no room for all columns, the highest goes first; 0 always stays
};

/// Columns as wide as what is in them, two blanks apart; a last column of text takes what is left.
class TextTable {
public:
    explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
    /// A cell for each column.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }
    [[nodiscard]] std::string text(const TextShape& shape) const;

private:
    [[nodiscard]] std::vector<std::size_t> shown(const std::vector<int>& widths, int width) const;
    [[nodiscard]] std::vector<int> widths() const;

    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace kfence
