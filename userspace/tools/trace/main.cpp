// SPDX-License-Identifier: Apache-2.0
// kfence-trace: what happened to a KFENCE pool, recorded, and looked at later and elsewhere.
#include <clocale>
#include <string>

#include <CLI/CLI.hpp>

#include "tools/common/cli.h"
#include "tools/common/signals.h"
#include "tools/trace/commands.h"

namespace kfence {
namespace {

Result<int> run(int argc, char** argv) {
    CLI::App app("Records what happens to the pool of KFENCE, and answers questions about it later and elsewhere.",
                 std::string(kTraceTool));
    app.set_version_flag("--version", std::string(kTraceTool) + " " + KFENCE_TOOLS_VERSION);
    app.require_subcommand(1);
    ChosenCommand chosen;
    declare_record(app, chosen);
    declare_export(app, chosen);
    declare_verify(app, chosen);
    declare_merge(app, chosen);
    app.footer(
        "Exit status: 0 done, 1 failed while running or something is wrong, 2 wrong usage, 3 this kernel or user\n"
        "lacks something, 4 events were lost under --fail-on-loss. COMMAND --help says more.");
    const auto done = parse_command_line(app, argc, argv);
    if (!done) {
        return std::unexpected(done.error());
    }
    if (*done) {
        return **done;
    }
    std::setlocale(LC_ALL, "");
    std::setlocale(LC_NUMERIC, "C");
    ignore_write_signals();
    return chosen();
}

} // namespace
} // namespace kfence

int main(int argc, char** argv) {
    return kfence::run_tool(kfence::kTraceTool, [&] { return kfence::run(argc, argv); });
}
