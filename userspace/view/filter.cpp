// SPDX-License-Identifier: Apache-2.0
#include "view/filter.h"

#include <regex.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <compare>

namespace kfence {
namespace {

constexpr std::array<std::string_view, kSortKeyCount> kSortNames = {"live", "allocs", "rate", "age", "name"};

// Counted repetitions nest into automata of any size (glibc's regcomp); nobody needs them in a cache name.
bool is_safe_expression(std::string_view text) {
    return text.find('{') == std::string_view::npos;
}

bool equal_letters(char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

std::partial_ordering more_first(const CacheUse& a, const CacheUse& b, SortKey key) {
    switch (key) {
    case SortKey::kLive:
        return b.allocated <=> a.allocated;
    case SortKey::kAllocs:
        return b.allocs <=> a.allocs;
    case SortKey::kRate:
        return b.alloc_rate <=> a.alloc_rate;
    case SortKey::kAge:
        return b.age_p99_ns.value_or(0) <=> a.age_p99_ns.value_or(0);
    case SortKey::kName:
        break;
    }
    return std::partial_ordering::equivalent;
}

} // namespace

std::string_view to_string(SortKey key) noexcept {
    return kSortNames[static_cast<std::size_t>(key)];
}

std::optional<SortKey> parse_sort_key(std::string_view text) noexcept {
    const auto* const found = std::ranges::find(kSortNames, text);
    if (found == kSortNames.end()) {
        return std::nullopt;
    }
    return static_cast<SortKey>(found - kSortNames.begin());
}

SortKey next(SortKey key) noexcept {
    return static_cast<SortKey>((static_cast<std::size_t>(key) + 1) % kSortKeyCount);
}

struct Filter::Compiled {
    explicit Compiled(const std::string& text)
        : valid(is_safe_expression(text) &&
                regcomp(&expression, text.c_str(), REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0) {}
    Compiled(const Compiled&) = delete;
    Compiled& operator=(const Compiled&) = delete;
    ~Compiled() {
        if (valid) {
            regfree(&expression);
        }
    }
    regex_t expression{};
    bool valid;
};

Filter::Filter(std::string text) : text_(std::move(text)) {
    if (text_.empty()) {
        return;
    }
    auto compiled = std::make_shared<const Compiled>(text_);
    if (compiled->valid) {
        compiled_ = std::move(compiled);
    }
}

bool Filter::matches(std::string_view name) const {
    if (text_.empty()) {
        return true;
    }
    if (compiled_) {
        return regexec(&compiled_->expression, std::string(name).c_str(), 0, nullptr, 0) == 0;
    }
    return std::ranges::search(name, text_, equal_letters).begin() != name.end();
}

std::string_view shown_name(const Names& names, CacheId cache) {
    return cache == kNoCache ? std::string_view("<destroyed>") : std::string_view(names.cache_name(cache));
}

std::vector<const CacheUse*> select_caches(const Snapshot& snapshot, const Names& names, const Filter& filter,
                                           SortKey sort, bool reverse) {
    std::vector<const CacheUse*> out;
    for (const CacheUse& use : snapshot.caches) {
        if (filter.matches(shown_name(names, use.cache))) {
            out.push_back(&use);
        }
    }
    std::ranges::stable_sort(out, [&](const CacheUse* a, const CacheUse* b) {
        const auto order = more_first(*a, *b, sort);
        if (order != 0) {
            return order < 0;
        }
        return shown_name(names, a->cache) < shown_name(names, b->cache);
    });
    if (reverse) {
        std::ranges::reverse(out);
    }
    return out;
}

} // namespace kfence
