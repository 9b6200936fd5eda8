// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "view/describe.h"
#include "view/format.h"
#include "view/lists.h"

namespace kfence {
namespace {

enum Column : std::size_t { kSlots, kPool, kHeld, kOldest, kCache, kStack };
constexpr std::array<TableColumn, kStackColumns> kColumns = {{
    {"SLOTS", 7, 0, false},
    {"POOL", 7, 2, false},
    {"HELD", 9, 3, false},
    {"OLDEST", 9, 1, false},
    {"  CACHE", 26, 0, true},
    {"STACK", 24, 0, true},
}};
constexpr std::size_t kFrames = 12; // as many as there is room for
constexpr std::size_t kTextFrames = 5;

class StackList final : public List {
public:
    StackList(const ViewInput& input, const Place& place) : input_(input), place_(place) {
        for (const StackUse& use : input.snapshot.stacks) {
            if (matches(use)) {
                stacks_.push_back(&use);
            }
        }
        std::ranges::stable_sort(stacks_, [this](const StackUse* a, const StackUse* b) {
            const int order = compare(*a, *b);
            return place_.reverse ? order > 0 : order < 0;
        });
    }

    [[nodiscard]] std::span<const TableColumn> columns() const override { return kColumns; }
    [[nodiscard]] std::size_t sorted() const override { return place_.column; }
    [[nodiscard]] std::size_t size() const override { return stacks_.size(); }
    [[nodiscard]] std::string heading() const override {
        return fmt::format("{} of {} that hold slots   {}", stacks_.size(),
                           std::max<std::uint64_t>(input_.snapshot.distinct_stacks, stacks_.size()),
                           describe_coverage(input_.snapshot));
    }
    [[nodiscard]] std::string nothing() const override {
        return place_.filter.empty() ? "no object is in the pool" : "no stack matches the filter";
    }
    [[nodiscard]] TableRow row(std::size_t index) const override {
        const StackUse& use = *stacks_[index];
        const std::uint32_t objects = input_.snapshot.pool.objects;
        TableRow out;
        out.cells = {fmt::format("{}", use.count),
                     objects > 0 ? format_share(static_cast<double>(use.count) / objects) : kUnknownText,
                     format_age(use.held_ns),
                     format_age(use.oldest_ns),
                     "  " + std::string(shown_name(input_.names, use.cache)),
                     describe_stack(input_.names, use.stack, kFrames)};
        return out;
    }
    [[nodiscard]] std::optional<Place> deeper(std::size_t index) const override {
        const StackUse& use = *stacks_[index];
        Place out;
        out.kind = ViewKind::kObjects;
        out.cache = std::string(shown_name(input_.names, use.cache));
        out.stack = use.stack;
        out.stack_text = describe_stack(input_.names, use.stack, kTextFrames);
        return out;
    }

private:
    [[nodiscard]] bool matches(const StackUse& use) const {
        return place_.filter.matches(shown_name(input_.names, use.cache)) ||
               place_.filter.matches(describe_stack(input_.names, use.stack, kFrames));
    }
    /// Most first; names from A on. They come with the most slots first.
    [[nodiscard]] int compare(const StackUse& a, const StackUse& b) const {
        const auto sign = [](const auto& x, const auto& y) { return x < y ? -1 : (y < x ? 1 : 0); };
        switch (place_.column) {
        case kHeld:
            return sign(b.held_ns, a.held_ns);
        case kOldest:
            return sign(b.oldest_ns, a.oldest_ns);
        case kCache:
            return sign(shown_name(input_.names, a.cache), shown_name(input_.names, b.cache));
        case kStack:
            return sign(describe_stack(input_.names, a.stack, kFrames), describe_stack(input_.names, b.stack, kFrames));
        default:
            return sign(b.count, a.count);
        }
    }

    const ViewInput& input_;
    const Place& place_;
    std::vector<const StackUse*> stacks_;
};

} // namespace

std::unique_ptr<List> stack_list(const ViewInput& input, const Place& place) {
    return std::make_unique<StackList>(input, place);
}

} // namespace kfence
