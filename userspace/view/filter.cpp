// SPDX-License-Identifier: Apache-2.0
#include "view/filter.h"

#include <regex.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <compare>
#include <utility>

namespace kfence {
namespace {

constexpr std::array<std::string_view, kSortKeyCount> kSortNames = {
    "live",     "allocs",   "rate",     "age",     "name",    "frees",   "sampled",
    "life-p50", "life-p90", "life-p99", "age-p50", "age-max", "refused", "skip"};

constexpr int kMostPluses = 8;

/// What is wrong with a text for a reason that regcomp() does not see; empty when nothing is. glibc copies the operand
/// of a brace and of a plus sign, so that nested ones grow exponentially, and tries all ways to match a backreference.
/// Nobody needs them in the name of a cache.
std::string_view why_unsafe(std::string_view text) {
    constexpr std::string_view kUnsupported = "braces and backreferences are not supported";
    if (text.size() > kMaxFilter) {
        return "at most 64 bytes are supported";
    }
    int pluses = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = text[i] == '\\' && i + 1 < text.size();
        i += escaped ? 1 : 0;
        if (escaped ? text[i] >= '1' && text[i] <= '9' : text[i] == '{') {
            return kUnsupported;
        }
        pluses += text[i] == '+' ? 1 : 0;
    }
    return pluses > kMostPluses ? "more than 8 plus signs are not supported" : "";
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
    case SortKey::kFrees:
        return b.frees <=> a.frees;
    case SortKey::kSampled:
        return b.sampled <=> a.sampled;
    case SortKey::kLifeP50:
        return b.life_p50_ns.value_or(0) <=> a.life_p50_ns.value_or(0);
    case SortKey::kLifeP90:
        return b.life_p90_ns.value_or(0) <=> a.life_p90_ns.value_or(0);
    case SortKey::kLifeP99:
        return b.life_p99_ns.value_or(0) <=> a.life_p99_ns.value_or(0);
    case SortKey::kAgeP50:
        return b.age_p50_ns.value_or(0) <=> a.age_p50_ns.value_or(0);
    case SortKey::kAgeMax:
        return b.age_max_ns.value_or(0) <=> a.age_max_ns.value_or(0);
    case SortKey::kRefused:
        return b.refused <=> a.refused;
    case SortKey::kSkip:
        return b.skipped <=> a.skipped;
    case SortKey::kName:
        break;
    }
    return std::partial_ordering::equivalent;
}

} // namespace

std::string_view to_string(SortKey key) noexcept {
    return kSortNames[static_cast<std::size_t>(key)];
}

std::string sort_key_names() {
    std::string out;
    for (std::size_t i = 0; i < kSortKeyCount; ++i) {
        out += i == 0 ? "" : (i + 1 < kSortKeyCount ? ", " : " or ");
        out += kSortNames[i];
    }
    return out;
}

std::optional<SortKey> parse_sort_key(std::string_view text) noexcept {
    const auto* const found = std::ranges::find(kSortNames, text);
    if (found == kSortNames.end()) {
        return std::nullopt;
    }
    return static_cast<SortKey>(found - kSortNames.begin());
}

struct Filter::Compiled {
    explicit Compiled(const std::string& text)
        : error(regcomp(&expression, text.c_str(), REG_EXTENDED | REG_ICASE | REG_NOSUB)) {}
    Compiled(const Compiled&) = delete;
    Compiled& operator=(const Compiled&) = delete;
    ~Compiled() {
        if (error == 0) {
            regfree(&expression);
        }
    }
    [[nodiscard]] std::string describe_error() const {
        std::array<char, 128> words{};
        regerror(error, &expression, words.data(), words.size());
        return words.data();
    }
    regex_t expression{};
    int error;
};

Result<std::shared_ptr<const Filter::Compiled>> Filter::compile(const std::string& text) {
    if (const std::string_view why = why_unsafe(text); !why.empty()) {
        return fail(ErrorKind::kUsage, std::string(why));
    }
    auto compiled = std::make_shared<const Compiled>(text);
    if (compiled->error != 0) {
        return fail(ErrorKind::kUsage, compiled->describe_error());
    }
    return compiled;
}

Result<Filter> Filter::parse(std::string text) {
    Filter filter;
    if (!text.empty()) {
        auto compiled = compile(text);
        if (!compiled) {
            return std::unexpected(compiled.error());
        }
        filter.compiled_ = std::move(*compiled);
        filter.text_ = std::move(text);
    }
    return filter;
}

Filter::Filter(std::string text) : text_(std::move(text)) {
    if (auto parsed = parse(text_)) {
        compiled_ = std::move(parsed->compiled_);
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
