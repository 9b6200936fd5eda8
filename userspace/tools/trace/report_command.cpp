// SPDX-License-Identifier: Apache-2.0
// kfence-trace report.
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/trace/commands.h"
#include "tools/trace/report_json.h"
#include "tools/trace/report_output.h"
#include "tools/trace/report_text.h"
#include "tools/trace/report_words.h"
#include "tools/trace/summary_pass.h"
#include "tools/trace/summary_wish.h"

namespace kfence {
namespace {

struct Typed {
    std::string file;
    TypedWish wish;
    std::string machine;
    bool json = false;
};

std::string render(const TraceFile& file, const std::vector<Summary>& summaries, const SummaryNames& names,
                   const ReportNotes& notes) {
    const TextShape shape = output_shape();
    const std::size_t machines = file.machines().size();
    std::string out;
    if (machines > 1) {
        out = line(summaries.size() == machines ? fmt::format("{} machines", machines)
                                                : fmt::format("{} of {} machines", summaries.size(), machines),
                   shape) +
              "\n";
    }
    for (std::size_t i = 0; i < summaries.size(); ++i) {
        out += (i > 0 ? "\n" : "") + render_report(summaries[i], names, notes, shape);
    }
    return out;
}

Result<int> report(const Typed& typed) {
    auto wish = parse_wish(typed.wish);
    if (!wish) {
        return std::unexpected(wish.error());
    }
    auto file = TraceFile::open(typed.file);
    if (!file) {
        return std::unexpected(file.error());
    }
    const auto machine = file->machine(typed.machine);
    if (!machine) {
        return std::unexpected(machine.error());
    }
    wish->machine = *machine;
    SummaryNames names;
    const auto summaries = summarize(*file, *wish, names);
    if (!summaries) {
        return std::unexpected(summaries.error());
    }
    const ReportNotes notes{.is_complete = file->is_complete(),
                            .is_being_recorded = file->is_being_recorded(),
                            .selection = selection_words(typed.wish.cache, typed.wish.cgroup)};
    return write_output(typed.json ? render_report_json(typed.file, *summaries, names, notes)
                                   : render(*file, *summaries, names, notes));
}

} // namespace

void declare_report(CLI::App& app, ChosenCommand& chosen) {
    CLI::App* command = app.add_subcommand(
        "report", "Say on one screen what filled the pool, since when, from where, and what was found");
    const auto typed = std::make_shared<Typed>();
    command->add_option("file", typed->file, "The recording")->required();
    declare_wish(*command, typed->wish);
    command->add_option("--machine", typed->machine,
                        "Of a merged file: only this machine, by name or number (default: each in turn)");
    command->add_flag("--json", typed->json, "Write one JSON object instead of text");
    command->footer(
        std::string(kMomentHelp) +
        "\n\n"
        "SLOT-TIME is the share of the pool's slots, over the time looked at, that objects of a cache or a stack "
        "held.\n"
        "AGE is of what is live at the end, LIFE of what was freed; p50 is the age that half of them do not exceed.\n"
        "Stacks are the same when their functions are, whatever the offsets. Intended is what interval and burst ask\n"
        "for, attempted what was served or met a full pool or a covered stack, guarded what was served.\n"
        "--cache and --cgroup restrict the tables and what was found; rates, pool and quarantine are of all objects.\n"
        "What was allocated before the recording began has no cgroup.\n\n"
        "JSON: file, complete, being_recorded, selection, and machines, each with host, kernel, backend, blind, "
        "since,\n"
        "until, seconds, settings [], skipped_caches [], loss {}, rates {seconds, from, intended, attempted, guarded, "
        "freed, "
        "skips,\n"
        "skips_seen}, pool {objects, mean, at_end, zombies, full_share, full_after_s, full_to_the_end_after_s, "
        "full_in_s,\n"
        "held_when_full or held_at_end, occupancy [240 means over equal parts]}, quarantine, caches [], stacks [the "
        "first\n"
        "200], stack_count, reports [], reports_seen, bugs, unseen_ends. null is what is not known.");
    command->callback([typed, &chosen] { chosen = [typed] { return report(*typed); }; });
}

} // namespace kfence
