// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/export_cells.h"

#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "view/describe.h"
#include "view/format.h"

namespace kfence {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kKeptStacks = 4096;
constexpr std::size_t kKeptCgroups = 4096;
constexpr std::size_t kFractionDigits = 9;

/// FNV-1a with 64 bits.
std::uint64_t hash_frames(const std::vector<std::string_view>& frames) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    const auto add = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL; };
    for (const std::string_view frame : frames) {
        for (const char c : frame) {
            add(c);
        }
        add('\n');
    }
    return hash;
}

} // namespace

ExportCells::ExportCells(RowFormat format, TraceFile& file, const Names& names, TraceCursor& cursor)
    : format_(format), file_(&file), names_(&names), cursor_(&cursor), null_(text_cell(format, "")),
      stacks_(kKeptStacks), no_stack_{.id = null_, .frames = null_} {}

const std::string& ExportCells::cache(CacheId id) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= caches_.size()) {
        caches_.resize(index + 1);
    }
    if (caches_[index].empty() && id != kNoCache) {
        caches_[index] = text_cell(format_, names_->cache_name(id));
    }
    return id == kNoCache ? null_ : caches_[index];
}

ExportCells::Stack ExportCells::make_stack(StackId id) const {
    const auto frames = caller_frames(*names_, id);
    Stack out{.id = text_cell(format_, fmt::format("s{:016x}", hash_frames(frames))), .frames = {}};
    if (format_ == RowFormat::kCsv) {
        std::string text;
        for (const std::string_view frame : frames) {
            text += text.empty() ? "" : " < ";
            text += frame;
        }
        out.frames = text_cell(format_, text);
        return out;
    }
    for (const std::string_view frame : frames) {
        out.frames += out.frames.empty() ? '[' : ',';
        append_json_text(out.frames, frame);
    }
    out.frames += ']';
    return out;
}

const ExportCells::Stack& ExportCells::stack(StackId id) {
    if (id == kNoStack) {
        return no_stack_;
    }
    KeptStack& kept = stacks_[static_cast<std::size_t>(id) % kKeptStacks];
    if (kept.id != id) {
        kept = {.id = id, .cells = make_stack(id)};
    }
    return kept.cells;
}

const std::string& ExportCells::date(std::int64_t machine, KernelNs time) {
    const std::int64_t unix_ns = file_->unix_time(machine, time);
    std::int64_t second = unix_ns / kSecond;
    std::int64_t rest = unix_ns % kSecond;
    if (rest < 0) {
        rest += kSecond;
        --second;
    }
    if (date_.empty() || second != date_second_) {
        date_second_ = second;
        const std::string text = format_time(unix_ns - rest % 1'000'000);
        const std::string_view quote = format_ == RowFormat::kCsv ? "" : "\"";
        // A year of five digits makes it longer; the fraction is at its end in any case.
        const std::string_view whole = std::string_view(text).substr(0, text.size() - (sizeof("123Z") - 1));
        date_ = fmt::format("{}{}{:09}Z{}", quote, whole, rest, quote);
        return date_;
    }
    const std::size_t end = date_.size() - (format_ == RowFormat::kCsv ? 1 : 2);
    for (std::size_t i = 1; i <= kFractionDigits; ++i) {
        date_[end - i] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    }
    return date_;
}

Result<const std::string*> ExportCells::cgroup(std::uint64_t row) {
    if (row == 0) {
        return &null_;
    }
    if (const auto known = cgroups_.find(row); known != cgroups_.end()) {
        return &known->second;
    }
    const auto path = cursor_->cgroup_path(row);
    if (!path) {
        return std::unexpected(path.error());
    }
    if (cgroups_.size() >= kKeptCgroups) {
        cgroups_.clear();
    }
    return &(cgroups_[row] = text_cell(format_, *path));
}

Result<void> ExportCells::add_task(ExportRow& row, const Task& task) {
    const auto path = cgroup(task.cgroup);
    if (!path) {
        return std::unexpected(path.error());
    }
    const bool is_known =
        task.pid != 0 || task.tgid != 0 || task.comm[0] != '\0'; // the idle task has pid 0, and a name
    row.known(is_known, task.pid).known(task.tgid != 0, task.tgid);
    row.text(fixed_field(task.comm.data(), task.comm.size()));
    row.known(task.cpu >= 0, task.cpu).prepared(**path).known(task.pid_ns != 0, task.pid_ns);
    return {};
}

} // namespace kfence
