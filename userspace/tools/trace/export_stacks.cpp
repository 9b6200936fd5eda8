// SPDX-License-Identifier: Apache-2.0
// Table stacks: what each path to the allocator did with the pool; and the same as folded lines for flame graphs.
#include <algorithm>
#include <ranges>
#include <unordered_map>
#include <variant>

#include "tools/trace/export_tables.h"
#include "view/describe.h"
#include "view/filter.h"

namespace kfence {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;

struct StackKey {
    std::int64_t machine = 1;
    CacheId cache = kNoCache;
    StackId stack = kNoStack;
    friend bool operator==(const StackKey&, const StackKey&) = default;
};

struct StackHash {
    std::size_t operator()(const StackKey& key) const noexcept {
        const auto stack = static_cast<std::uint64_t>(key.stack);
        const auto cache = static_cast<std::uint64_t>(key.cache);
        return static_cast<std::size_t>(((stack << 32U | cache) ^ static_cast<std::uint64_t>(key.machine) << 16U) *
                                        0x9e3779b97f4a7c15ULL);
    }
};

struct StackSums {
    std::uint64_t objects = 0; ///< in the pool at any time
    std::uint64_t live = 0;
    std::uint64_t slot_time = 0;
};

/// Sums by cache and stack; what is made of them is left to others.
class StackTable : public ExportMaker {
public:
    explicit StackTable(ExportContext& context) : context_(context) {}

    Result<void> ended(const TracedObject& object) override {
        add_object(object);
        return {};
    }
    Result<void> live(const TracedObject& object) override {
        ++add_object(object).live;
        return {};
    }
    void add_stacks(std::unordered_set<StackId>& stacks) const override {
        for (const auto& entry : sums_) {
            stacks.insert(entry.first.stack);
        }
    }

protected:
    using Entry = std::pair<const StackKey, StackSums>;

    /// By machine, and then by slot-time, most first.
    [[nodiscard]] std::vector<const Entry*> in_order() const {
        std::vector<const Entry*> out;
        out.reserve(sums_.size());
        for (const Entry& entry : sums_) {
            out.push_back(&entry);
        }
        std::ranges::sort(out, [](const Entry* a, const Entry* b) {
            if (a->first.machine != b->first.machine) {
                return a->first.machine < b->first.machine;
            }
            if (a->second.slot_time != b->second.slot_time) {
                return a->second.slot_time > b->second.slot_time;
            }
            return a->first.stack != b->first.stack ? a->first.stack < b->first.stack : a->first.cache < b->first.cache;
        });
        return out;
    }
    [[nodiscard]] ExportContext& context() noexcept { return context_; }

private:
    StackSums& add_object(const TracedObject& object) {
        StackSums& sums = sums_[{.machine = object.machine, .cache = object.cache, .stack = object.stack}];
        ++sums.objects;
        sums.slot_time += slot_time(object, context_.span(object.machine));
        return sums;
    }

    ExportContext& context_;
    std::unordered_map<StackKey, StackSums, StackHash> sums_;
};

class Stacks final : public StackTable {
public:
    explicit Stacks(ExportContext& context)
        : StackTable(context), row_(context.row({"cache", "objects", "live", "slot_time_s", "stack_id", "stack"})) {}

    void begin() override { row_.header(); }

    Result<bool> finish() override {
        for (const Entry* entry : in_order()) {
            context().start_row(row_, entry->first.machine);
            row_.text(shown_name(context().names, entry->first.cache)).number(entry->second.objects);
            row_.number(entry->second.live).seconds(entry->second.slot_time);
            const ExportCells::Stack& cells = context().cells.stack(entry->first.stack);
            row_.prepared(cells.id).prepared(cells.frames).end_row();
            if (auto reads = context().output.pass(); !reads || !*reads) {
                return reads;
            }
        }
        return true;
    }

private:
    ExportRow row_;
};

class Folded final : public StackTable {
public:
    using StackTable::StackTable;

    Result<bool> finish() override {
        const bool counts = context().options.weight == FoldedWeight::kObjects;
        for (const Entry* entry : in_order()) {
            const StackSums& sums = entry->second;
            const std::uint64_t weight = counts ? sums.objects : (sums.slot_time + kMillisecond / 2) / kMillisecond;
            if (weight > 0) {
                add_line(entry->first, weight);
            }
            if (auto reads = context().output.pass(); !reads || !*reads) {
                return reads;
            }
        }
        return true;
    }

private:
    /// A semicolon would begin another frame. Names are clean: there is no newline in them.
    void add_name(std::string_view name) {
        std::string& out = context().out;
        const std::size_t begin = out.size();
        out += name;
        std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), ';', ':');
    }

    void add_line(const StackKey& key, std::uint64_t weight) {
        if (context().many_machines) {
            add_name(context().machine_name(key.machine));
            context().out += ';';
        }
        add_name(shown_name(context().names, key.cache));
        auto frames = caller_frames(context().names, key.stack);
        if (frames.empty()) {
            frames.emplace_back("(stack unknown)");
        }
        for (const std::string_view frame : std::views::reverse(frames)) {
            context().out += ';';
            add_name(key.stack == kNoStack ? frame : frame_symbol(frame));
        }
        context().out += ' ';
        append_number(context().out, weight);
        context().out += '\n';
    }
};

} // namespace

std::unique_ptr<ExportMaker> make_stacks(ExportContext& context) {
    return std::make_unique<Stacks>(context);
}

std::unique_ptr<ExportMaker> make_folded(ExportContext& context) {
    return std::make_unique<Folded>(context);
}

} // namespace kfence
