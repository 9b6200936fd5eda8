// SPDX-License-Identifier: Apache-2.0
#include "store/trace_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "store/checksum_vfs.h"
#include "store/recording_lock.h"
#include "store/schema.h"

namespace kfence {
namespace {

constexpr std::int64_t kMostMachines = 4096;

std::unexpected<Error> no_recording(const std::string& path, std::string_view why) {
    return fail(ErrorKind::kUsage, fmt::format("{} is no recording of kfence-trace: {}", sanitize(path), why));
}

/// The statement of the schema that creates this table, without its semicolon.
std::string_view created_by(std::string_view table) {
    const std::string_view schema = kSchema;
    const std::size_t begin = schema.find(fmt::format("CREATE TABLE {}(", table));
    return schema.substr(begin, schema.find(";\n", begin) - begin);
}

std::vector<std::string> phrases_of(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::size_t end = text.find("; ");
        out.push_back(sanitize(text.substr(0, end)));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    }
    return out;
}

} // namespace

Result<TraceFile> TraceFile::open(const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
        return no_recording(path, S_ISDIR(found.st_mode) ? "it is a folder" : "it is no ordinary file");
    }
    if (path.empty()) {
        return fail(ErrorKind::kUsage, "the name of the recording is empty");
    }
    // Asked first: closing a descriptor drops the locks of a connection of this process.
    const bool is_recorded = kfence::is_being_recorded(path);
    auto database = Database::open(path, OpenMode::kRead);
    if (!database) {
        return std::unexpected(database.error());
    }
    TraceFile out(std::move(*database));
    out.is_being_recorded_ = is_recorded;
    if (auto checked = out.check_schema(); !checked) {
        return std::unexpected(checked.error());
    }
    if (auto read = out.read_machines(); !read) {
        return std::unexpected(read.error());
    }
    return out;
}

// A file whose tables are others, or views, or virtual, or have columns that compute something, is not read at all.
Result<void> TraceFile::check_schema() {
    const auto id = database_.integer("PRAGMA application_id");
    if (!id) {
        return std::unexpected(id.error());
    }
    if (*id != kApplicationId) {
        return no_recording(path(), *id == 0 ? "it is empty, or another program's database"
                                             : "it is another program's database");
    }
    const auto page = database_.integer("PRAGMA page_size");
    if (!page || *page != kPageBytes || database_.reserved_bytes() != kChecksumBytes) {
        return page ? no_recording(path(), "its pages are of another kind") : std::unexpected(page.error());
    }
    const auto version = database_.integer("PRAGMA user_version");
    if (!version) {
        return std::unexpected(version.error());
    }
    if (*version != kSchemaVersion) {
        return fail(ErrorKind::kUsage,
                    fmt::format("{}: a recording of version {}, and this kfence-trace reads version {}: use the "
                                "kfence-trace that is as new as the one that recorded it",
                                sanitize(path()), *version, kSchemaVersion));
    }
    auto find = database_.prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?");
    if (!find) {
        return std::unexpected(find.error());
    }
    for (const std::string_view table : kTables) {
        find->bind(0, table);
        const auto found = find->step();
        if (!found) {
            return std::unexpected(found.error());
        }
        if (!*found || find->text(0) != created_by(table)) {
            return no_recording(path(), fmt::format("its table {} is not the one that kfence-trace makes", table));
        }
        find->reset();
    }
    return {};
}

Result<void> TraceFile::read_machines() {
    auto rows = database_.prepare("SELECT id, host, kernel, boot_id, backend, blind, config, tool, complete_stream,"
                                  " has_counters, sees_zombies, started, started_unix, ended, ended_unix"
                                  " FROM machines ORDER BY id");
    if (!rows) {
        return std::unexpected(rows.error());
    }
    for (auto row = rows->step(); !row || *row; row = rows->step()) {
        if (!row) {
            return std::unexpected(row.error());
        }
        const auto number = static_cast<std::int64_t>(machines_.size()) + 1;
        if (rows->integer(0) != number || number > kMostMachines) {
            return fail(ErrorKind::kFailed,
                        fmt::format("{}: it is damaged: its machines are not numbered from 1 on", sanitize(path())));
        }
        int column = 1;
        MachineInfo machine;
        for (std::string* text :
             {&machine.source.host, &machine.source.kernel, &machine.boot_id, &machine.source.backend}) {
            *text = sanitize(rows->text(column++));
        }
        machine.source.blind = phrases_of(rows->text(column++));
        for (std::string* text : {&machine.config, &machine.tool}) {
            *text = sanitize(rows->text(column++));
        }
        for (bool* flag :
             {&machine.source.complete_stream, &machine.source.has_counters, &machine.source.sees_zombies}) {
            *flag = rows->integer(column++) != 0;
        }
        constexpr std::array kTimes = {11, 12, 13, 14};
        if (std::ranges::any_of(kTimes, [&](int time) {
                return !rows->is_integer_or_null(time) || rows->integer(time) < 0 ||
                       rows->integer(time) > kMostTraceTime;
            })) {
            return fail(ErrorKind::kFailed,
                        fmt::format("{}: it is damaged: machine {} started or ended at no time that "
                                    "can be",
                                    sanitize(path()), number));
        }
        machine.started = {.kernel = static_cast<KernelNs>(rows->integer(11)), .unix_ns = rows->integer(12)};
        if (!rows->is_null(13) && !rows->is_null(14)) {
            machine.ended = {.kernel = static_cast<KernelNs>(rows->integer(13)), .unix_ns = rows->integer(14)};
        }
        machines_.push_back(std::move(machine));
    }
    return machines_.empty() ? Result<void>(no_recording(path(), "it was ended before it began")) : Result<void>{};
}

Result<std::int64_t> TraceFile::machine(std::string_view wanted) const {
    if (wanted.empty()) {
        return 0;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
    if (error == std::errc{} && end == wanted.data() + wanted.size() && number >= 1 &&
        number <= static_cast<std::int64_t>(machines_.size())) {
        return number;
    }
    const auto found =
        std::ranges::find_if(machines_, [&](const MachineInfo& machine) { return machine.source.host == wanted; });
    if (found == machines_.end()) {
        return fail(ErrorKind::kUsage,
                    fmt::format("{} holds no machine {}: it holds {} machine{}, numbered from 1 on", sanitize(path()),
                                sanitize(wanted), machines_.size(), machines_.size() == 1 ? "" : "s"));
    }
    return found - machines_.begin() + 1;
}

std::int64_t TraceFile::unix_time(std::int64_t machine, KernelNs time) const noexcept {
    const ClockAnchor& anchor = machines_[static_cast<std::size_t>(machine - 1)].started;
    // In unsigned numbers, which may wrap: the file may say anything.
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(anchor.unix_ns) + (time - anchor.kernel));
}

bool TraceFile::is_complete() const noexcept {
    return !is_being_recorded_ &&
           std::ranges::all_of(machines_, [](const MachineInfo& machine) { return machine.ended.has_value(); });
}

} // namespace kfence
