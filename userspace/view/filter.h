// SPDX-License-Identifier: Apache-2.0
// Which caches a view shows, and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/names.h"
#include "model/snapshot.h"

namespace kfence {

/// Columns that the caches can be ordered by; ages and lifetimes without a figure are those of the 99th percentile.
enum class SortKey : std::uint8_t {
    kLive,
    kAllocs,
    kRate,
    kAge,
    kName,
    kFrees,
    kSampled,
    kLifeP50,
    kLifeP90,
    kLifeP99,
    kAgeP50,
    kAgeMax,
    kRefused,
    kSkip,
};
inline constexpr std::size_t kSortKeyCount = 14;
/// "live", "allocs", "rate", "age", "name", "frees", "sampled", "life-p50", ...
[[nodiscard]] std::string_view to_string(SortKey key) noexcept;
/// "live, allocs, ... or skip"
[[nodiscard]] std::string sort_key_names();
[[nodiscard]] std::optional<SortKey> parse_sort_key(std::string_view text) noexcept;

/// Bytes that a filter has at most: what regcomp() makes of a longer text can take any time and any stack.
inline constexpr std::size_t kMaxFilter = 64;

/// A POSIX extended regular expression, matched anywhere and without regard to case. The empty filter matches
/// everything. Braces and backreferences are left out of it, and so are more than eight plus signs: glibc's matcher
/// takes exponential time for them.
class Filter {
public:
    /// The text as an expression. The error is kUsage and says what is wrong with it.
    [[nodiscard]] static Result<Filter> parse(std::string text);

    Filter() = default;
    /// A text that parse() refuses is looked for as it stands.
    explicit Filter(std::string text);

    [[nodiscard]] bool matches(std::string_view name) const;
    /// True for a text that is looked for as it stands.
    [[nodiscard]] bool is_plain_text() const noexcept { return !text_.empty() && !compiled_; }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

private:
    struct Compiled;
    [[nodiscard]] static Result<std::shared_ptr<const Compiled>> compile(const std::string& text);

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
