// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/export_row.h"

#include <charconv>
#include <cmath>
#include <iterator>
#include <span>

#include <fmt/format.h>

#include "base/text.h"
#include "view/csv.h"

namespace kfence {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr int kFractionDigits = 9;

template <typename T> void append_digits(std::string& out, T value) {
    char digits[24];
    const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), value);
    out.append(digits, end);
}

/// Of text that is clean: only these two need an escape.
void append_escaped(std::string& out, std::string_view clean) {
    out += '"';
    for (std::size_t at = clean.find_first_of("\"\\"); at != std::string_view::npos; at = clean.find_first_of("\"\\")) {
        out.append(clean.substr(0, at));
        out += '\\';
        out += clean[at];
        clean.remove_prefix(at + 1);
    }
    out.append(clean);
    out += '"';
}

} // namespace

void append_number(std::string& out, std::uint64_t value) {
    append_digits(out, value);
}

void append_number(std::string& out, std::int64_t value) {
    append_digits(out, value);
}

void append_seconds(std::string& out, std::uint64_t ns) {
    append_digits(out, ns / kSecond);
    out += '.';
    std::uint64_t rest = ns % kSecond;
    char digits[kFractionDigits];
    for (int i = kFractionDigits - 1; i >= 0; --i) {
        digits[i] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    }
    out.append(digits, kFractionDigits);
}

void append_json_text(std::string& out, std::string_view hostile) {
    if (is_clean(hostile)) {
        append_escaped(out, hostile);
    } else {
        append_escaped(out, sanitize(hostile));
    }
}

std::string text_cell(RowFormat format, std::string_view hostile) {
    if (format == RowFormat::kCsv) {
        return is_clean(hostile) ? csv_text(hostile) : csv_text(sanitize(hostile));
    }
    std::string out;
    if (hostile.empty()) {
        out = "null";
    } else {
        append_json_text(out, hostile);
    }
    return out;
}

ExportRow::ExportRow(RowFormat format, const std::vector<std::string_view>& columns, std::string& out)
    : format_(format), out_(&out) {
    for (const std::string_view column : columns) {
        const char* comma = header_.empty() ? "" : ",";
        header_ += fmt::format("{}{}", comma, column);
        if (format == RowFormat::kCsv) {
            before_.emplace_back(comma);
        } else {
            before_.push_back(fmt::format("{}\"{}\":", before_.empty() ? "{" : ",", column));
        }
    }
}

void ExportRow::header() {
    if (format_ == RowFormat::kCsv) {
        *out_ += header_;
        *out_ += "\r\n";
    }
}

void ExportRow::start_cell() {
    *out_ += before_.at(column_++);
}

ExportRow& ExportRow::null() {
    return prepared(format_ == RowFormat::kCsv ? "" : "null");
}

ExportRow& ExportRow::ratio(std::optional<double> value) {
    if (!value || !std::isfinite(*value)) {
        return null();
    }
    start_cell();
    fmt::format_to(std::back_inserter(*out_), "{:.6g}", *value);
    return *this;
}

ExportRow& ExportRow::seconds(std::uint64_t ns) {
    start_cell();
    append_seconds(*out_, ns);
    return *this;
}

ExportRow& ExportRow::text(std::string_view hostile) {
    return prepared(text_cell(format_, hostile));
}

ExportRow& ExportRow::prepared(std::string_view cell) {
    start_cell();
    *out_ += cell;
    return *this;
}

void ExportRow::end_row() {
    // A row that is too short is filled up, so that none is malformed.
    while (column_ < before_.size()) {
        null();
    }
    column_ = 0;
    *out_ += format_ == RowFormat::kCsv ? "\r\n" : "}\n";
}

} // namespace kfence
