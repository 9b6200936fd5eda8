// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include "base/text.h"
#include "view/describe.h"
#include "view/format.h"
#include "view/lists.h"

namespace kfence {
namespace {

enum Column : std::size_t { kAge, kState, kCache, kSize, kSlot, kTask, kCgroup, kFrom };
constexpr std::array<TableColumn, kObjectColumns> kColumns = {{
    {"AGE", 8, 0, false},
    {"  STATE", 14, 3, true},
    {"CACHE", 24, 0, true},
    {"SIZE", 7, 4, false},
    {"SLOT", 8, 1, false},
    {"  TASK", 26, 2, true},
    {"CGROUP", 28, 5, true},
    {"FROM", 24, 1, true},
}};
constexpr std::size_t kFrames = 5;
constexpr std::size_t kSearchedFrames = 3;

std::uint64_t age_of(const ObjectUse& object, KernelNs now) {
    const KernelNs end = object.state == SlotState::kFreed ? object.freed_at : now;
    return end > object.allocated_at ? end - object.allocated_at : 0;
}

/// Which objects a filter lets through. What it looks at is the same for many objects.
class ObjectFilter {
public:
    ObjectFilter(const ViewInput& input, const Filter& filter) : names_(input.names), filter_(filter) {}

    bool matches(const ObjectUse& object) {
        return filter_.empty() || of_cache(object.cache) || of_stack(object.alloc_stack) || of_task(object.task);
    }

private:
    bool of_cache(CacheId cache) {
        const auto [known, is_new] = caches_.try_emplace(cache, false);
        if (is_new) {
            known->second = filter_.matches(shown_name(names_, cache));
        }
        return known->second;
    }
    bool of_stack(StackId stack) {
        const auto [known, is_new] = stacks_.try_emplace(stack, false);
        if (is_new) {
            known->second = filter_.matches(describe_stack(names_, stack, kSearchedFrames));
        }
        return known->second;
    }
    bool of_task(const Task& task) {
        const std::string comm = describe_task(task);
        const auto [known, is_new] = tasks_.try_emplace(comm, false);
        if (is_new) {
            known->second = filter_.matches(comm);
        }
        return known->second;
    }

    const Names& names_;
    const Filter& filter_;
    std::unordered_map<CacheId, bool> caches_;
    std::unordered_map<StackId, bool> stacks_;
    std::unordered_map<std::string, bool> tasks_;
};

class ObjectList final : public List {
public:
    ObjectList(const ViewInput& input, const Place& place) : input_(input), place_(place) {
        select();
        make_ranks();
    }

    [[nodiscard]] std::span<const TableColumn> columns() const override { return kColumns; }
    [[nodiscard]] std::size_t sorted() const override { return place_.column; }
    [[nodiscard]] std::size_t size() const override { return objects_.size(); }
    [[nodiscard]] std::string heading() const override {
        std::string out = fmt::format("{} of {} objects", objects_.size(), live_);
        if (place_.cache) {
            out += " of " + *place_.cache;
        }
        if (place_.stack != kNoStack) {
            out += " from " + place_.stack_text;
        }
        return out;
    }
    [[nodiscard]] std::string nothing() const override {
        if (!place_.filter.empty()) {
            return "no object matches the filter";
        }
        return is_narrowed() ? "no such object is in the pool now" : "no object is in the pool";
    }

    void arrange(std::size_t first, std::size_t count) override {
        const auto begin = objects_.begin() + static_cast<std::ptrdiff_t>(first);
        const auto end = begin + static_cast<std::ptrdiff_t>(count);
        const auto before = [this](const ObjectUse* a, const ObjectUse* b) { return comes_before(*a, *b); };
        // Only what is looked at is put in order: a pool has up to 65535 objects.
        if (begin != objects_.end()) {
            std::nth_element(objects_.begin(), begin, objects_.end(), before);
            std::partial_sort(begin, end, objects_.end(), before);
        }
    }

    [[nodiscard]] TableRow row(std::size_t index) const override {
        const ObjectUse& object = *objects_[index];
        TableRow out;
        out.cells = {format_age(age_of(object, input_.snapshot.now)),
                     "  " + std::string(to_string(object.state)),
                     std::string(shown_name(input_.names, object.cache)),
                     fmt::format("{}", object.size),
                     fmt::format("{}", object.slot),
                     "  " + describe_task(object.task),
                     input_.cgroup_path ? input_.cgroup_path(object.task.cgroup) : std::string(),
                     describe_stack(input_.names, object.alloc_stack, kFrames)};
        if (object.state == SlotState::kZombie) {
            out.style = Style::kWarn;
        }
        return out;
    }
    [[nodiscard]] std::optional<Place> deeper(std::size_t index) const override {
        const ObjectUse& object = *objects_[index];
        Place out;
        out.kind = ViewKind::kObject;
        out.object = {.slot = object.slot, .allocated_at = object.allocated_at};
        return out;
    }

private:
    [[nodiscard]] bool is_narrowed() const { return place_.cache || place_.stack != kNoStack; }

    void select() {
        ObjectFilter filter(input_, place_.filter);
        const bool stack_is_there =
            place_.stack == kNoStack || describe_stack(input_.names, place_.stack, kFrames) == place_.stack_text;
        for (const ObjectUse& object : input_.snapshot.objects) {
            if (object.state == SlotState::kFreed) {
                continue;
            }
            ++live_;
            const bool is_of_cache = !place_.cache || shown_name(input_.names, object.cache) == *place_.cache;
            const bool is_of_stack = place_.stack == kNoStack || (stack_is_there && object.alloc_stack == place_.stack);
            if (is_of_cache && is_of_stack && filter.matches(object)) {
                objects_.push_back(&object);
            }
        }
    }

    /// Texts are compared once per cache and stack, and not once per object.
    void make_ranks() {
        if (place_.column != kCache && place_.column != kFrom) {
            return;
        }
        std::unordered_map<std::int32_t, std::string> texts;
        for (const ObjectUse* object : objects_) {
            texts.try_emplace(rank_key(*object), std::string());
        }
        std::vector<std::pair<std::string, std::int32_t>> order;
        for (auto& [key, text] : texts) {
            text = place_.column == kCache ? std::string(shown_name(input_.names, static_cast<CacheId>(key)))
                                           : describe_stack(input_.names, static_cast<StackId>(key), kFrames);
            order.emplace_back(text, key);
        }
        std::ranges::sort(order);
        for (std::size_t i = 0; i < order.size(); ++i) {
            ranks_[order[i].second] = i;
        }
    }
    [[nodiscard]] std::int32_t rank_key(const ObjectUse& object) const {
        return place_.column == kCache ? static_cast<std::int32_t>(object.cache)
                                       : static_cast<std::int32_t>(object.alloc_stack);
    }

    /// Old before young, large before small, names from A on; equal ones by age, then by slot.
    [[nodiscard]] bool comes_before(const ObjectUse& a, const ObjectUse& b) const {
        if (const int order = compare(a, b); order != 0) {
            return place_.reverse ? order > 0 : order < 0;
        }
        return a.allocated_at != b.allocated_at ? a.allocated_at < b.allocated_at : a.slot < b.slot;
    }
    [[nodiscard]] int compare(const ObjectUse& a, const ObjectUse& b) const {
        const auto sign = [](auto x, auto y) { return x < y ? -1 : (y < x ? 1 : 0); };
        switch (place_.column) {
        case kAge:
            return sign(a.allocated_at, b.allocated_at);
        case kState:
            return sign(a.state, b.state);
        case kSize:
            return sign(b.size, a.size);
        case kSlot:
            return sign(a.slot, b.slot);
        case kTask:
            return sign(a.task.comm, b.task.comm);
        case kCgroup:
            return sign(a.task.cgroup, b.task.cgroup);
        default:
            return sign(ranks_.at(rank_key(a)), ranks_.at(rank_key(b)));
        }
    }

    const ViewInput& input_;
    const Place& place_;
    std::vector<const ObjectUse*> objects_;
    std::unordered_map<std::int32_t, std::size_t> ranks_;
    std::size_t live_ = 0;
};

} // namespace

std::unique_ptr<List> object_list(const ViewInput& input, const Place& place) {
    return std::make_unique<ObjectList>(input, place);
}

} // namespace kfence
