// SPDX-License-Identifier: Apache-2.0
// The lists of kfence-top: what is in them, in which order, and where each row leads.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "view/place.h"
#include "view/table.h"
#include "view/view_input.h"

namespace kfence {

/// The rows of one picture at one place. Borrows both.
class List {
public:
    List() = default;
    List(const List&) = delete;
    List& operator=(const List&) = delete;
    virtual ~List() = default;

    [[nodiscard]] virtual std::span<const TableColumn> columns() const = 0;
    [[nodiscard]] virtual std::size_t sorted() const = 0; ///< column
    [[nodiscard]] virtual std::size_t size() const = 0;
    /// "19 of 191 objects of dentry"
    [[nodiscard]] virtual std::string heading() const = 0;
    /// What is said when there is no row.
    [[nodiscard]] virtual std::string nothing() const = 0;

    /// Puts these rows in their order. Before row() and deeper() of one of them.
    virtual void arrange(std::size_t /*first*/, std::size_t /*count*/) {}
    [[nodiscard]] virtual TableRow row(std::size_t index) const = 0;
    /// Where Enter leads.
    [[nodiscard]] virtual std::optional<Place> deeper(std::size_t index) const = 0;
};

/// nullptr for a view that is no list.
[[nodiscard]] std::unique_ptr<List> open_list(const ViewInput& input, const Place& place);

/// Columns by which the rows of this view can be ordered; 0 for a view that is no list. For kCaches and kOverview the
/// order is a SortKey.
[[nodiscard]] std::size_t sort_columns(ViewKind kind) noexcept;

/// The column of the caches that comes after this one, or before it, as the view shows them.
[[nodiscard]] SortKey next_column(SortKey key, ViewKind kind, bool forward) noexcept;

// One per view; open_list() chooses.
[[nodiscard]] std::unique_ptr<List> cache_list(const ViewInput& input, const Place& place);
[[nodiscard]] std::unique_ptr<List> object_list(const ViewInput& input, const Place& place);
[[nodiscard]] std::unique_ptr<List> stack_list(const ViewInput& input, const Place& place);
[[nodiscard]] std::unique_ptr<List> report_list(const ViewInput& input, const Place& place);
inline constexpr std::size_t kObjectColumns = 8;
inline constexpr std::size_t kStackColumns = 6;
inline constexpr std::size_t kReportColumns = 6;

} // namespace kfence
