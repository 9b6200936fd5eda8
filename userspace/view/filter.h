// SPDX-License-Identifier: Apache-2.0
// Which caches a view shows, and in which order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/names.h"
#include "model/snapshot.h"

namespace kfence {

enum class SortKey : std::uint8_t { kLive, kAllocs, kRate, kAge, kName };
inline constexpr std::size_t kSortKeyCount = 5;
/// "live", "allocs", "rate", "age", "name"
[[nodiscard]] std::string_view to_string(SortKey key) noexcept;
[[nodiscard]] std::optional<SortKey> parse_sort_key(std::string_view text) noexcept;
[[nodiscard]] SortKey next(SortKey key) noexcept;

/// A POSIX extended regular expression, matched anywhere and without regard to case; a text that is not a
/// valid expression is looked for as it stands. The empty filter matches everything.
class Filter {
public:
    Filter() = default;
    explicit Filter(std::string text);

    [[nodiscard]] bool matches(std::string_view name) const;
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

private:
    struct Compiled;
    std::string text_;
    std::shared_ptr<const Compiled> compiled_; // null: compare as plain text
};

/// The name that is shown for a cache: as the kernel's own reports have it, "<destroyed>" for kNoCache
/// (mm/kfence/report.c, 6.12).
[[nodiscard]] std::string_view shown_name(const Names& names, CacheId cache);

/// The caches that match, in order: most first (names: A first), reversed on demand. Equal ones are ordered
/// by name, so that rows do not dance.
[[nodiscard]] std::vector<const CacheUse*> select_caches(const Snapshot& snapshot, const Names& names,
                                                         const Filter& filter, SortKey sort, bool reverse);

} // namespace kfence
