// SPDX-License-Identifier: Apache-2.0
// kfence-top: the live view of a KFENCE pool.
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/common/cli.h"
#include "tools/common/open_source.h"
#include "tools/top/batch.h"
#include "tools/top/interactive.h"

namespace {

using namespace kfence;

constexpr const char* kTool = "kfence-top";

bool wants_color(const TopOptions& options) {
    const char* none = std::getenv("NO_COLOR"); // https://no-color.org
    return !options.no_color && (none == nullptr || *none == '\0');
}

void say_backend(const SourceInfo& info) {
    const std::string blind = info.blind.empty() ? "" : fmt::format("; cannot see: {}", fmt::join(info.blind, "; "));
    print_message(kTool, fmt::format("kernel {}, backend {}{}", info.kernel, info.backend, blind));
}

/// An error while running, whatever caused it.
Result<int> as_failure(Result<int> result) {
    if (!result) {
        result.error().kind = ErrorKind::kFailed;
    }
    return result;
}

Result<int> watch(const TopOptions& options, bool batch) {
    ignore_write_signals();
    auto signals = batch ? SignalFd::create({SIGINT, SIGTERM, SIGHUP})
                         : SignalFd::create({SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH});
    if (!signals) {
        return std::unexpected(signals.error());
    }
    auto source = open_source(options.source);
    if (!source) {
        return std::unexpected(source.error());
    }
    if (options.verbose) {
        say_backend((*source)->info());
    }
    Session session(std::move(*source));
    if (const auto started = session.start(); !started) {
        return std::unexpected(started.error());
    }
    if (batch) {
        return as_failure(run_batch(session, options, *signals, locale_is_utf8()));
    }
    auto terminal = Terminal::open(wants_color(options));
    if (!terminal) {
        return std::unexpected(terminal.error());
    }
    return as_failure(run_interactive(session, options, *signals, std::move(*terminal), locale_is_utf8()));
}

Result<int> run(int argc, char** argv) {
    const auto parsed = parse_options(argc, argv);
    if (!parsed) {
        return std::unexpected(parsed.error());
    }
    if (const int* done = std::get_if<int>(&*parsed)) {
        return *done;
    }
    const auto& options = std::get<TopOptions>(*parsed);
    std::setlocale(LC_ALL, "");
    std::setlocale(LC_NUMERIC, "C");
    const bool batch = options.batch || ::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0;
    if (!batch) {
        if (const auto usable = Terminal::check(); !usable) {
            return std::unexpected(usable.error());
        }
    }
    return watch(options, batch);
}

} // namespace

int main(int argc, char** argv) {
    return kfence::run_tool(kTool, [&] { return run(argc, argv); });
}
