// SPDX-License-Identifier: Apache-2.0
#include "tools/common/cli.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/common/output.h"

namespace kfence {
namespace {

/// CLI11 lists alternatives on lines of their own; ours is one sentence.
std::string one_line(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    text.erase(text.find_last_not_of(" .") + 1);
    return sanitize(text);
}

/// A descriptor that is opened later must not become stdout. Each is opened the wrong way round, so that its use
/// fails as it does on a closed one.
void occupy_standard_streams() noexcept {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (::fcntl(fd, F_GETFD) < 0) {
            [[maybe_unused]] const int opened = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

/// --help and --version.
Result<std::optional<int>> print_what_was_asked_for(const CLI::App& app, const CLI::Success& done) {
    std::ostringstream text;
    const int status = app.exit(done, text, text);
    const auto written = write_all(STDOUT_FILENO, text.str(), -1);
    if (!written) {
        return std::unexpected(written.error());
    }
    return status;
}

} // namespace

Result<std::optional<int>> parse_command_line(CLI::App& app, int argc, const char* const* argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& done) {
        return print_what_was_asked_for(app, done);
    } catch (const CLI::ParseError& error) {
        return fail(ErrorKind::kUsage, fmt::format("{}; see {} --help", one_line(error.what()), app.get_name()));
    }
    return std::nullopt;
}

void print_message(std::string_view tool, std::string_view message) {
    const std::string line = fmt::format("{}: {}\n", tool, sanitize(message));
    // Whoever closed stderr does not want to know.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

int run_tool(std::string_view tool, const std::function<Result<int>()>& body) noexcept {
    constexpr int kFailed = static_cast<int>(ErrorKind::kFailed);
    occupy_standard_streams();
    try {
        const Result<int> result = body();
        if (result) {
            return *result;
        }
        print_message(tool, result.error().message);
        return result.error().exit_code();
    } catch (const std::bad_alloc&) {
        print_message(tool, "out of memory");
    } catch (const std::exception& error) {
        print_message(tool, error.what());
    }
    return kFailed;
}

} // namespace kfence
