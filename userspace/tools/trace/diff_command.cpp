// SPDX-License-Identifier: Apache-2.0
// kfence-trace diff.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/trace/commands.h"
#include "tools/trace/diff_render.h"
#include "tools/trace/report_output.h"
#include "tools/trace/report_words.h"
#include "tools/trace/summary_wish.h"

namespace kfence {
namespace {

struct Typed {
    std::string a;
    std::string b;
    TypedWish wish;
    std::string machine;
    std::string machine_b; ///< empty: as for A
    std::string since_b;
    std::string until_b;
    bool json = false;
};

Result<Summary> summary_of(const std::string& path, SummaryWish wish, const std::string& machine, SummaryNames& names) {
    auto file = TraceFile::open(path);
    if (!file) {
        return std::unexpected(file.error());
    }
    const auto number = file->machine(machine);
    if (!number) {
        return std::unexpected(number.error());
    }
    if (*number == 0 && file->machines().size() > 1) {
        return fail(ErrorKind::kUsage, fmt::format("{} holds {} machines: name one with --machine (and --machine-b)",
                                                   sanitize(path), file->machines().size()));
    }
    wish.machine = *number;
    auto summaries = summarize(*file, wish, names);
    return summaries ? Result<Summary>(std::move(summaries->front())) : std::unexpected(summaries.error());
}

/// The wish for B: as for A, but for what was named for B.
Result<SummaryWish> wish_for_b(const Typed& typed, SummaryWish wish) {
    const auto since = parse_optional_moment("--since-b", typed.since_b);
    const auto until = parse_optional_moment("--until-b", typed.until_b);
    if (!since || !until) {
        return std::unexpected((!since ? since : until).error());
    }
    if (*since || *until) { // a part of its own
        wish.window = {.since = *since, .until = *until};
    }
    return wish;
}

Result<int> diff(const Typed& typed) {
    const auto wish = parse_wish(typed.wish);
    if (!wish) {
        return std::unexpected(wish.error());
    }
    const auto wish_b = wish_for_b(typed, *wish);
    if (!wish_b) {
        return std::unexpected(wish_b.error());
    }
    SummaryNames names;
    const auto a = summary_of(typed.a, *wish, typed.machine, names);
    if (!a) {
        return std::unexpected(a.error());
    }
    const auto b = summary_of(typed.b, *wish_b, typed.machine_b.empty() ? typed.machine : typed.machine_b, names);
    if (!b) {
        return std::unexpected(b.error());
    }
    const SummaryDiff compared = compare(*a, *b, names);
    const DiffInput input{.a = *a,
                          .b = *b,
                          .diff = compared,
                          .names = names,
                          .selection = selection_words(typed.wish.cache, typed.wish.cgroup)};
    return write_output(typed.json ? render_diff_json(input) : render_diff(input, output_shape()));
}

} // namespace

void declare_diff(CLI::App& app, ChosenCommand& chosen) {
    CLI::App* command = app.add_subcommand(
        "diff", "Say what differs between two recordings, as before and after a kernel or a setting");
    const auto typed = std::make_shared<Typed>();
    command->add_option("a", typed->a, "The recording from before")->required();
    command->add_option("b", typed->b, "The one from after; the same file will do, with --since-b or --machine-b")
        ->required();
    declare_wish(*command, typed->wish);
    command->add_option("--since-b", typed->since_b, "With --until-b, the part of B instead of --since and --until")
        ->type_name("TIME");
    command->add_option("--until-b", typed->until_b, "See --since-b")->type_name("TIME");
    command->add_option("--machine", typed->machine, "Of merged files: this machine, by name or number");
    command->add_option("--machine-b", typed->machine_b, "Another one of B");
    command->add_flag("--json", typed->json, "Write one JSON object instead of text");
    command->footer(
        std::string(kMomentHelp) +
        "\n\n"
        "Figures are per second or shares of the pool's slot-time, so that recordings of any length compare. B/A is "
        "the\n"
        "ratio; \"new\" and \"gone\" are what only B or only A has. What is equal as it is printed is left out of the "
        "tables;\n"
        "a part without any difference says so. Stacks are the same when their functions are, whatever the offsets, "
        "so\n"
        "that two kernels compare. A setting that was changed in a recording: diff F F --until +10m --since-b +10m.\n"
        "The exit status does not tell whether there are differences.\n\n"
        "JSON: a, b {host, kernel, backend, since, until, seconds, settings, loss}, selection, rates and pool [{name,\n"
        "unit, a, b, ratio}], caches [{name, share, allocs_per_s, lifetime}], stacks [{cache, share, frames}: the "
        "first\n"
        "200], stack_count, reports [{title, cache, count}]. null is what is not known.");
    command->callback([typed, &chosen] { chosen = [typed] { return diff(*typed); }; });
}

} // namespace kfence
