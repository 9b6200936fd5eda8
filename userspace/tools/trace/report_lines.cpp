// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/report_lines.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "view/format.h"
#include "view/width.h"

namespace kfence {
namespace {

constexpr int kGap = 2;
/// A column that is cut off is no narrower, and no name makes a column wider.
constexpr int kLeastTail = 16;
constexpr int kMostColumn = 28;

std::string padded(std::string_view text, int width, bool right, bool utf8) {
    const std::string cut = clip(text, width, utf8);
    const std::string blanks(static_cast<std::size_t>(std::max(0, width - display_width(cut))), ' ');
    return right ? blanks + cut : cut + blanks;
}

} // namespace

std::string grouped(std::optional<double> count) {
    if (!count || !std::isfinite(*count) || *count < 0) {
        return kUnknownText;
    }
    std::string digits = fmt::format("{:.0f}", *count);
    for (std::size_t at = digits.size(); at > 3; at -= 3) {
        digits.insert(at - 3, ",");
    }
    return digits;
}

std::string format_second(std::int64_t unix_ns) {
    std::string out = format_time(unix_ns);
    out.resize(out.rfind('.'));
    std::ranges::replace(out, 'T', ' ');
    return out;
}

std::string format_span(std::int64_t from_unix_ns, std::int64_t to_unix_ns) {
    const std::string from = format_second(from_unix_ns);
    const std::string to = format_second(to_unix_ns);
    const std::size_t time = to.rfind(' ') + 1;
    return fmt::format("{} to {}", from, from.starts_with(to.substr(0, time)) ? to.substr(time) : to);
}

std::string line(std::string_view text, const TextShape& shape) {
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    const std::string shown = shape.utf8 ? std::string(text) : to_ascii(text);
    return clip(shown, shape.width, shape.utf8) + "\n";
}

std::string labelled(std::string_view label, const std::vector<std::string>& pieces, const TextShape& shape,
                     std::string_view between) {
    const int margin = label.empty() ? 0 : kLabelColumns;
    std::string out;
    std::string row = padded(label, margin, false, shape.utf8);
    int used = margin;
    for (const std::string& piece : pieces) {
        const std::string gap{used > margin ? between : ""};
        const int width = display_width(piece) + display_width(gap);
        if (used > margin && used + width > shape.width) {
            out += line(row, shape);
            row = std::string(static_cast<std::size_t>(margin), ' ') + piece;
            used = margin + display_width(piece);
        } else {
            row += gap + piece;
            used += width;
        }
    }
    return out + line(row, shape);
}

std::vector<int> TextTable::widths() const {
    std::vector<int> out;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        int width = display_width(columns_[i].heading);
        for (const auto& row : rows_) {
            width = std::max(width, display_width(row[i]));
        }
        const bool is_tail = i + 1 == columns_.size() && !columns_[i].right;
        out.push_back(is_tail ? width : std::min(width, kMostColumn));
    }
    return out;
}

/// The columns that have room.
std::vector<std::size_t> TextTable::shown(const std::vector<int>& widths, int width) const {
    std::vector<std::size_t> out;
    out.reserve(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        out.push_back(i);
    }
    const auto needed = [&] {
        int sum = 0;
        for (const std::size_t i : out) {
            const bool is_tail = i + 1 == columns_.size() && !columns_[i].right;
            sum += kGap + (is_tail ? std::min(widths[i], kLeastTail) : widths[i]);
        }
        return sum - kGap;
    };
    while (needed() > width) {
        const auto least = std::ranges::max_element(out, {}, [&](std::size_t i) { return columns_[i].rank; });
        if (columns_[*least].rank == 0) {
            break;
        }
        out.erase(least);
    }
    return out;
}

std::string TextTable::text(const TextShape& shape) const {
    const std::vector<int> widths = this->widths();
    const std::vector<std::size_t> columns = shown(widths, shape.width);
    const auto render = [&](auto cell) {
        std::string row;
        for (const std::size_t i : columns) {
            const bool is_tail = i + 1 == columns_.size() && !columns_[i].right;
            row += row.empty() ? "" : std::string(kGap, ' ');
            row += is_tail ? std::string(cell(i)) : padded(cell(i), widths[i], columns_[i].right, shape.utf8);
        }
        return line(row, shape);
    };
    std::string out = render([&](std::size_t i) -> const std::string& { return columns_[i].heading; });
    for (const auto& cells : rows_) {
        out += render([&](std::size_t i) -> const std::string& { return cells[i]; });
    }
    return out;
}

} // namespace kfence
