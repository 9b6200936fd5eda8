// SPDX-License-Identifier: Apache-2.0
// Rows of a table as CSV (RFC 4180, CRLF, safe to open in a spreadsheet) or as JSON lines, cell by cell.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kfence {

enum class RowFormat : std::uint8_t { kCsv, kJsonl };

/// Digits of a whole number, appended.
void append_number(std::string& out, std::uint64_t value);
void append_number(std::string& out, std::int64_t value);
/// Seconds with nine digits, from ns: exact.
void append_seconds(std::string& out, std::uint64_t ns);
/// A JSON string with its quotes; any bytes give valid UTF-8.
void append_json_text(std::string& out, std::string_view hostile);

/// A text as it stands in a cell, ready to be appended: empty text is an unknown value.
[[nodiscard]] std::string text_cell(RowFormat format, std::string_view hostile);

/// Every row has all columns, in their order; what is not known is an empty cell, or null.
class ExportRow {
public:
    /// `out` must live as long as this.
    ExportRow(RowFormat format, const std::vector<std::string_view>& columns, std::string& out);

    /// For CSV the names of the columns; JSON lines have none.
    void header();

    ExportRow& null();
    ExportRow& number(std::unsigned_integral auto value) {
        start_cell();
        append_number(*out_, static_cast<std::uint64_t>(value));
        return *this;
    }
    ExportRow& number(std::signed_integral auto value) {
        start_cell();
        append_number(*out_, static_cast<std::int64_t>(value));
        return *this;
    }
    template <typename T> ExportRow& number(const std::optional<T>& value) { return value ? number(*value) : null(); }
    /// The number, or null where `known` is false.
    ExportRow& known(bool known, std::integral auto value) { return known ? number(value) : null(); }
    /// Six significant digits.
    ExportRow& ratio(std::optional<double> value);
    ExportRow& seconds(std::uint64_t ns);
    ExportRow& seconds(const std::optional<std::uint64_t>& ns) { return ns ? seconds(*ns) : null(); }
    ExportRow& text(std::string_view hostile);
    ExportRow& flag(bool value) { return number(value ? 1U : 0U); }
    /// What text_cell() made.
    ExportRow& prepared(std::string_view cell);

    void end_row();

    [[nodiscard]] RowFormat format() const noexcept { return format_; }

private:
    void start_cell();

    RowFormat format_;
    std::string* out_;
    std::vector<std::string> before_; ///< what stands before the cell of each column
    std::string header_;
    std::size_t column_ = 0;
};

} // namespace kfence
