// SPDX-License-Identifier: Apache-2.0
// kfence-trace verify.
#include <unistd.h>

#include <memory>
#include <string>

#include "tools/common/output.h"
#include "tools/trace/commands.h"
#include "tools/trace/verify.h"

namespace kfence {
namespace {

struct Typed {
    std::string file;
    bool fail_on_loss = false;
};

Result<int> verify(const Typed& typed) {
    auto file = TraceFile::open(typed.file);
    if (!file) {
        return std::unexpected(file.error());
    }
    const Verdict verdict = verify_trace(*file);
    if (const auto written = write_all(STDOUT_FILENO, render_verdict(verdict, *file), -1); !written) {
        return std::unexpected(written.error());
    }
    if (verdict.problem_count > 0) {
        return static_cast<int>(ErrorKind::kFailed);
    }
    return typed.fail_on_loss && verdict.lost() > 0 ? static_cast<int>(ErrorKind::kLoss) : 0;
}

} // namespace

void declare_verify(CLI::App& app, ChosenCommand& chosen) {
    CLI::App* command =
        app.add_subcommand("verify", "Check a recording: is it whole, and does it agree with the kernel");
    const auto typed = std::make_shared<Typed>();
    command->add_option("file", typed->file, "The recording")->required();
    command->add_flag("--fail-on-loss", typed->fail_on_loss, "Exit with 4 when it says that events were lost");
    command->footer(
        "Reads all of it: SQLite's own check, that each row points to rows that exist, that the events of\n"
        "each slot can follow each other, and that the kernel counted what the file has. Exit status 1 when\n"
        "something is wrong. A recording that was cut off is not wrong for that.");
    command->callback([typed, &chosen] { chosen = [typed] { return verify(*typed); }; });
}

} // namespace kfence
