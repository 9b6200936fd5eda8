// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/verify_counters.h"

#include <algorithm>
#include <string_view>
#include <variant>

#include <fmt/format.h>

namespace kfence {
namespace {

void add_difference(std::string& out, std::string_view what, std::uint64_t kernel, std::uint64_t file) {
    if (kernel != file) {
        out += fmt::format("{}{} {}, and the file has {}", out.empty() ? "" : "; ", kernel, what, file);
    }
}

} // namespace

std::optional<std::string> CounterCheck::compare(const CountersEvent& now) const {
    if (now.allocs < before_->allocs || now.frees < before_->frees || now.bugs < before_->bugs ||
        now.time < before_->time) {
        return "the kernel's counters or its clock go back";
    }
    std::string wrong;
    add_difference(wrong, "allocations", now.allocs - before_->allocs, allocs_);
    add_difference(wrong, "frees", now.frees - before_->frees, frees_);
    return wrong.empty() ? std::nullopt : std::optional("the kernel counted " + wrong);
}

void CounterCheck::take_bugs(const CountersEvent& now) {
    const std::int64_t beyond = static_cast<std::int64_t>(now.bugs) - bugs_.reports;
    if (bugs_.readings < bugs_.first.size()) {
        bugs_.first[static_cast<std::size_t>(bugs_.readings)] = beyond;
    }
    bugs_.last = {bugs_.last[1], beyond};
    ++bugs_.readings;
}

std::optional<std::string> CounterCheck::check_bugs() const {
    constexpr std::uint64_t kLeastReadings = 4;
    if (bugs_.readings < kLeastReadings) {
        return std::nullopt;
    }
    const auto [first_least, first_most] = std::ranges::minmax(bugs_.first);
    const auto [last_least, last_most] = std::ranges::minmax(bugs_.last);
    if (last_least > first_most) {
        return fmt::format("the kernel counted {} more bugs than the file has reports", last_least - first_most);
    }
    if (last_most < first_least) {
        return fmt::format("the file has {} more reports than the kernel counted bugs", first_least - last_most);
    }
    return std::nullopt;
}

std::optional<std::string> CounterCheck::check(const TraceRecord& record) {
    if (std::holds_alternative<AllocEvent>(record.event)) {
        ++allocs_;
    } else if (std::holds_alternative<FreeEvent>(record.event)) {
        ++frees_;
    } else if (std::holds_alternative<ReportEvent>(record.event)) {
        ++bugs_.reports;
    } else if (std::holds_alternative<LossEvent>(record.event)) {
        auto wrong = check_bugs();
        before_.reset();
        bugs_ = {};
        return wrong;
    }
    const auto* counters = std::get_if<CountersEvent>(&record.event);
    if (counters == nullptr || !record.settled) {
        return std::nullopt;
    }
    auto wrong = before_ ? compare(*counters) : std::nullopt;
    compared_ += before_ ? 1 : 0;
    before_ = *counters;
    allocs_ = 0;
    frees_ = 0;
    take_bugs(*counters);
    return wrong;
}

} // namespace kfence
