// SPDX-License-Identifier: Apache-2.0
// kfence-doctor: what works on this machine, what does not, and what would fix it.
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "tools/common/cli.h"
#include "tools/common/output.h"
#include "tools/common/signals.h"
#include "tools/doctor/diagnosis.h"
#include "tools/doctor/render.h"

namespace kfence {
namespace {

constexpr std::string_view kTool = "kfence-doctor";

struct Options {
    bool json = false;
    bool verbose = false;
    std::string root = "/";
};

bool wants_colour() {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') &&
           (terminal == nullptr || std::string_view(terminal) != "dumb");
}

void describe(CLI::App& app, Options& options) {
    app.set_version_flag("--version", std::string(kTool) + " " + KFENCE_TOOLS_VERSION);
    app.add_flag("--json", options.json, "Write one JSON object instead of text");
    app.add_flag("-v,--verbose", options.verbose, "Say on stderr where things were found and what was tried");
    // For tests: a folder that looks like /. CLI11 has no name for a hidden option in its messages, so that the want
    // of a value is ours to find.
    app.add_option("--root", options.root)->group("")->expected(0, 1);
    app.footer("Exit status: 0 kfence-top can run with the best backend for this kernel; 1 with a lesser one only;\n"
               "2 usage; 3 it cannot run, or KFENCE is off.");
}

Result<int> run(int argc, char** argv) {
    CLI::App app("What of kfence-tools works on this machine, what does not, and what would fix it.",
                 std::string(kTool));
    Options options;
    describe(app, options);
    const auto done = parse_command_line(app, argc, argv);
    if (!done) {
        return std::unexpected(done.error());
    }
    if (*done) {
        return **done;
    }
    if (options.root.empty()) {
        return fail(ErrorKind::kUsage, "--root needs a folder");
    }
    const Facts facts = collect_facts(options.root);
    if (options.verbose) {
        for (const std::string& note : facts.notes) {
            print_message(kTool, note);
        }
    }
    const Diagnosis diagnosis = diagnose(facts);
    const std::string text = options.json ? render_json(diagnosis) : render_text(diagnosis, wants_colour());
    if (const auto written = write_all(STDOUT_FILENO, text, -1); !written) {
        return std::unexpected(written.error());
    }
    return diagnosis.exit_code;
}

} // namespace
} // namespace kfence

int main(int argc, char** argv) {
    kfence::ignore_write_signals();
    return kfence::run_tool(kfence::kTool, [&] { return kfence::run(argc, argv); });
}
