// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/summary_wish.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace kfence {

void declare_wish(CLI::App& command, TypedWish& typed) {
    command.add_option("--since", typed.since, "Only what happened from TIME on; what is there then counts")
        ->type_name("TIME");
    command.add_option("--until", typed.until, "Only what happened up to TIME")->type_name("TIME");
    command.add_option("--cache", typed.cache, "Only objects of caches whose name matches this regular expression")
        ->type_name("REGEX");
    command.add_option("--cgroup", typed.cgroup, "Only objects that were allocated in this cgroup or below it")
        ->type_name("PATH");
}

Result<std::optional<Moment>> parse_optional_moment(std::string_view option, const std::string& text) {
    if (text.empty()) {
        return std::optional<Moment>();
    }
    const auto moment = parse_moment(option, text);
    return moment ? Result<std::optional<Moment>>(*moment) : std::unexpected(moment.error());
}

Result<SummaryWish> parse_wish(const TypedWish& typed) {
    SummaryWish out;
    const auto since = parse_optional_moment("--since", typed.since);
    const auto until = parse_optional_moment("--until", typed.until);
    if (!since || !until) {
        return std::unexpected((!since ? since : until).error());
    }
    out.window = {.since = *since, .until = *until};
    auto filter = Filter::parse(typed.cache);
    if (!filter) {
        const std::string shown = typed.cache.size() > kMaxFilter ? "" : " " + sanitize(typed.cache);
        return with_context(filter.error(), "--cache" + shown);
    }
    if (!typed.cgroup.empty() && !typed.cgroup.starts_with('/')) {
        return fail(ErrorKind::kUsage, fmt::format("--cgroup {}: must be a path below the root of the cgroups, as "
                                                   "\"/system.slice\"",
                                                   sanitize(typed.cgroup)));
    }
    out.selection = {.caches = std::move(*filter), .cgroup = typed.cgroup};
    return out;
}

} // namespace kfence
