// SPDX-License-Identifier: Apache-2.0
// kfence-trace export.
#include <csignal>
#include <memory>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/common/cli.h"
#include "tools/trace/commands.h"
#include "tools/trace/export_pass.h"
#include "view/alerts.h"

namespace kfence {
namespace {

/// What the figures leave out.
void say_what_is_missing(const TraceFile& file, const Losses& losses) {
    if (file.is_being_recorded()) {
        print_message(kTraceTool, fmt::format("{} is being recorded: the export ends with what is in it by now",
                                              sanitize(file.path())));
    } else if (!file.is_complete()) {
        print_message(kTraceTool, fmt::format("{}: its recording was cut off, and the export ends where it does",
                                              sanitize(file.path())));
    }
    if (losses.total() > 0) {
        print_message(kTraceTool,
                      fmt::format("{}: {} events were lost ({}) when it was recorded, and are missing from the export",
                                  sanitize(file.path()), losses.total(), describe_causes(losses)));
    }
}

Result<int> run(const ExportOptions& options) {
    auto signals = SignalFd::create({SIGINT, SIGTERM, SIGHUP});
    if (!signals) {
        return std::unexpected(signals.error());
    }
    auto file = TraceFile::open(options.file);
    if (!file) {
        return std::unexpected(file.error());
    }
    auto output = ExportOutput::create(options, &*signals);
    if (!output) {
        return std::unexpected(output.error());
    }
    Losses losses;
    if (const auto done = run_export(options, *file, *output, losses); !done) {
        return std::unexpected(done.error());
    }
    say_what_is_missing(*file, losses);
    return 0;
}

} // namespace

void declare_export(CLI::App& app, ChosenCommand& chosen) {
    CLI::App* command = app.add_subcommand(
        "export", "Write a table of a recording as CSV, JSON lines, or for Perfetto or flame graphs");
    const auto typed = std::make_shared<TypedExport>();
    declare_export_options(*command, *typed);
    command->callback([typed, command, &chosen] {
        chosen = [typed, command]() -> Result<int> {
            const auto options = check_export_options(*command, *typed);
            return options ? run(*options) : std::unexpected(options.error());
        };
    });
}

} // namespace kfence
