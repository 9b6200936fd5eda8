// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/report_output.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "tools/common/output.h"

namespace kfence {
namespace {

constexpr int kDefaultWidth = 110;
constexpr int kLeastWidth = 40;
constexpr int kMostWidth = 1000;

} // namespace

TextShape output_shape() {
    winsize size{};
    int width = kDefaultWidth;
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        width = size.ws_col;
    } else if (const char* columns = std::getenv("COLUMNS")) {
        const std::string_view text(columns);
        std::from_chars(text.data(), text.data() + text.size(), width);
    }
    return {.width = std::clamp(width, kLeastWidth, kMostWidth),
            .utf8 = std::string_view(::nl_langinfo(CODESET)) == "UTF-8"};
}

Result<int> write_output(std::string_view text) {
    const auto written = write_all(STDOUT_FILENO, text, -1);
    return written ? Result<int>(0) : std::unexpected(written.error());
}

} // namespace kfence
