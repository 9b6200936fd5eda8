// SPDX-License-Identifier: Apache-2.0
#include "export_support.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tools/trace/export_pass.h"

namespace kfence::test {

Story& Story::write(const std::vector<Event>& events, std::int64_t machine) {
    EXPECT_TRUE(writer_.write(events, names_, machine));
    return *this;
}

Story& Story::sample(KernelNs second, std::uint64_t allocated) {
    CountersEvent counters;
    counters.time = second * kSecond;
    counters.enabled = true;
    counters.allocated = allocated;
    write({counters});
    EXPECT_TRUE(writer_.sample(0, false));
    return *this;
}

void Story::end(KernelNs second, std::size_t machines) {
    const std::vector<std::optional<ClockAnchor>> ends(machines, ClockAnchor{.kernel = second * kSecond, .unix_ns = 0});
    EXPECT_TRUE(writer_.finish(ends));
}

AllocEvent alloc(KernelNs second, Slot slot, CacheId cache, StackId stack) {
    AllocEvent event;
    event.time = second * kSecond;
    event.slot = slot;
    event.size = 64;
    event.cache = cache;
    event.stack = stack;
    event.task = {.pid = 12, .tgid = 11, .cgroup = 77, .comm = {'f', 'i', 'n', 'd'}, .cpu = 1, .pid_ns = 5};
    return event;
}

FreeEvent end_of(KernelNs allocated, Slot slot, KernelNs second) {
    FreeEvent event;
    event.time = second * kSecond;
    event.allocated_at = allocated * kSecond;
    event.slot = slot;
    return event;
}

SlotEvent found(KernelNs second, Slot slot, SlotState state, CacheId cache, KernelNs allocated, KernelNs freed) {
    SlotEvent event;
    event.time = second * kSecond;
    event.slot = slot;
    event.state = state;
    event.size = 64;
    event.cache = cache;
    event.allocated_at = allocated * kSecond;
    event.freed_at = freed * kSecond;
    return event;
}

std::string exported(const std::string& path, ExportTable table, ExportFormat format, ExportOptions options) {
    options.file = path;
    options.table = table;
    options.format = format;
    options.output = path + ".out";
    options.force = true;
    auto file = TraceFile::open(path);
    auto output = ExportOutput::create(options, nullptr);
    Losses losses;
    if (!file || !output) {
        ADD_FAILURE() << (file ? output.error() : file.error()).message;
        return {};
    }
    const auto done = run_export(options, *file, *output, losses);
    EXPECT_TRUE(done && *done) << (done ? "" : done.error().message);
    std::ostringstream text;
    text << std::ifstream(options.output, std::ios::binary).rdbuf();
    return text.str();
}

std::vector<Cells> parse_csv(const std::string& text) {
    std::vector<Cells> out;
    Cells row(1);
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text.compare(i, 2, "\"\"") == 0) {
            row.back() += '"';
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[i] == ',') {
            row.emplace_back();
        } else if (!quoted && text.compare(i, 2, "\r\n") == 0) {
            out.push_back(std::exchange(row, Cells(1)));
            ++i;
        } else {
            EXPECT_TRUE(quoted || (text[i] != '\r' && text[i] != '\n')) << "a lone end of line at " << i;
            row.back() += text[i];
        }
    }
    EXPECT_FALSE(quoted);
    EXPECT_EQ(row, Cells(1)) << "the last line has no end";
    for (const Cells& line : out) {
        EXPECT_EQ(line.size(), out.front().size());
    }
    return out;
}

Cells column(const std::vector<Cells>& table, const std::string& name) {
    Cells out;
    if (table.empty()) {
        return out;
    }
    const auto at = std::ranges::find(table.front(), name);
    EXPECT_NE(at, table.front().end()) << "no column " << name;
    for (std::size_t i = 1; at != table.front().end() && i < table.size(); ++i) {
        out.push_back(table[i].at(static_cast<std::size_t>(at - table.front().begin())));
    }
    return out;
}

std::vector<nlohmann::json> parse_lines(const std::string& text) {
    std::vector<nlohmann::json> out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        out.push_back(nlohmann::json::parse(line, nullptr, false));
        EXPECT_TRUE(out.back().is_object()) << line;
    }
    return out;
}

} // namespace kfence::test
