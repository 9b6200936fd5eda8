// SPDX-License-Identifier: Apache-2.0
// kfence-trace merge.
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tools/common/cli.h"
#include "tools/common/signals.h"
#include "tools/trace/commands.h"
#include "tools/trace/merge.h"
#include "view/format.h"

namespace kfence {
namespace {

struct Typed {
    std::string output;
    std::vector<std::string> inputs;
};

void write_stderr(const std::string& text) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

Result<int> merge(const Typed& typed) {
    if (typed.output == "-") {
        return fail(ErrorKind::kUsage, "--output -: a recording is a file: give it a name");
    }
    auto signals = SignalFd::create({SIGINT, SIGTERM, SIGHUP});
    if (!signals) {
        return std::unexpected(signals.error());
    }
    const bool shows_progress = ::isatty(STDERR_FILENO) == 1;
    const auto merged = merge_traces(typed.output, typed.inputs, [&](std::uint64_t rows) {
        if (shows_progress) {
            write_stderr(fmt::format("\r{} rows\x1b[K", format_count(rows)));
        }
        const auto signal = signals->take();
        return !signal || !is_ending(*signal);
    });
    if (shows_progress) {
        write_stderr("\r\x1b[K");
    }
    if (!merged) {
        return std::unexpected(merged.error());
    }
    print_message(kTraceTool, fmt::format("merged {} machines into {}: {} events, {} bytes, lost {}", merged->machines,
                                          typed.output, merged->events, merged->bytes, merged->lost));
    return 0;
}

} // namespace

void declare_merge(CLI::App& app, ChosenCommand& chosen) {
    CLI::App* command = app.add_subcommand("merge", "Put the recordings of many machines into one file");
    const auto typed = std::make_shared<Typed>();
    command->add_option("-o,--output", typed->output, "The file to make")->required();
    command->add_option("files", typed->inputs, "The recordings")->required();
    command->footer("The machines are numbered in the order of the files; every row says which one it is of. Rows are\n"
                    "ordered by wall time, those of one machine as they were recorded.");
    command->callback([typed, &chosen] { chosen = [typed] { return merge(*typed); }; });
}

} // namespace kfence
