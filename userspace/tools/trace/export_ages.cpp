// SPDX-License-Identifier: Apache-2.0
// Table ages: for each cache how many of its live objects are how old; and the same of lifetimes. Buckets are not
// cumulative: those of a cache sum to its objects.
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "model/ages.h"
#include "tools/trace/export_tables.h"
#include "view/filter.h"

namespace kfence {
namespace {

class Histogram : public ExportMaker {
public:
    explicit Histogram(ExportContext& context)
        : context_(context), row_(context.row({"cache", "le_seconds", "count"})) {}

    void begin() override { row_.header(); }

    Result<bool> finish() override {
        const auto bounds = age_buckets();
        for (const auto& [key, counts] : by_cache_) {
            for (std::size_t i = 0; i < counts.size(); ++i) {
                context_.start_row(row_, key.first);
                row_.text(key.second);
                add_bound(bounds[i].le_ns);
                row_.number(counts[i]).end_row();
            }
        }
        return true;
    }

protected:
    void count(const TracedObject& object, std::uint64_t ns) {
        const std::pair key{object.machine, shown_name(context_.names, object.cache)};
        ++by_cache_[key][age_bucket(ns)];
    }

    [[nodiscard]] const ExportContext& context() const noexcept { return context_; }

private:
    /// JSON has no word for infinity; R and pandas read "Inf" as a number.
    void add_bound(std::uint64_t le_ns) {
        if (le_ns != std::numeric_limits<std::uint64_t>::max()) {
            row_.seconds(le_ns);
        } else {
            row_.prepared(context_.format == RowFormat::kCsv ? "Inf" : "\"+Inf\"");
        }
    }

    ExportContext& context_;
    ExportRow row_;
    /// Names of caches are never forgotten.
    std::map<std::pair<std::int64_t, std::string_view>, std::array<std::uint64_t, kAgeBuckets>> by_cache_;
};

class Ages final : public Histogram {
public:
    using Histogram::Histogram;
    Result<void> live(const TracedObject& object) override {
        count(object, age(object, context().span(object.machine)));
        return {};
    }
};

class LifetimeHistogram final : public Histogram {
public:
    using Histogram::Histogram;
    Result<void> ended(const TracedObject& object) override {
        if (object.freed_at != 0) {
            count(object, object.freed_at > object.allocated_at ? object.freed_at - object.allocated_at : 0);
        }
        return {};
    }
};

} // namespace

std::unique_ptr<ExportMaker> make_ages(ExportContext& context) {
    return std::make_unique<Ages>(context);
}

std::unique_ptr<ExportMaker> make_lifetime_histogram(ExportContext& context) {
    return std::make_unique<LifetimeHistogram>(context);
}

} // namespace kfence
