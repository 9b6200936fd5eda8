// SPDX-License-Identifier: Apache-2.0
#include "store/writer.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "base/fd.h"
#include "base/text.h"
#include "store/database.h"
#include "store/recording_lock.h"
#include "store/row_writer.h"
#include "store/schema.h"

namespace kfence {
namespace {

/// The pool is repeated when so many times as many rows came since, at least: then it is a small part of the file.
constexpr std::uint64_t kRowsPerSlot = 16;

std::uint64_t size_of(const std::string& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

Result<void> sync_file(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) {
        return fail_errno(ErrorKind::kFailed, errno, fmt::format("cannot write {}", sanitize(path)));
    }
    return {};
}

constexpr const char* kEndMachine = "UPDATE machines SET ended = ?, ended_unix = ? WHERE id = ?";

Result<void> end_machine(Statement& update, const ClockAnchor& end, std::int64_t machine) {
    update.bind_all({static_cast<std::int64_t>(end.kernel), end.unix_ns, machine});
    return update.run();
}

Result<void> end_copy(const std::string& path, const ClockAnchor& end) {
    auto database = Database::open(path, OpenMode::kWrite);
    if (!database) {
        return std::unexpected(database.error());
    }
    auto update = database->prepare(kEndMachine);
    return update ? end_machine(*update, end, 1) : std::unexpected(update.error());
}

/// kUsage when there is a file of that name by now.
Result<void> rename_to_free_name(const std::string& from, const std::string& to) {
    int done = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
    if (done != 0 && errno == EINVAL) { // a file system that cannot tell
        done = ::link(from.c_str(), to.c_str());
        if (done == 0) {
            ::unlink(from.c_str());
        }
    }
    if (done == 0) {
        return {};
    }
    return fail_errno(errno == EEXIST ? ErrorKind::kUsage : ErrorKind::kFailed, errno,
                      fmt::format("cannot create {}", sanitize(to)));
}

std::optional<std::int64_t> flag(bool value) {
    return value ? 1 : 0;
}

} // namespace

struct TraceWriter::State {
    State(UniqueFd held, Database opened, RowWriter made, WriterOptions chosen)
        : lock(std::move(held)), database(std::move(opened)), rows(std::move(made)), options(chosen) {}

    Result<void> begin() {
        if (open) {
            return {};
        }
        auto begun = database.execute("BEGIN");
        open = begun.has_value();
        return begun;
    }

    UniqueFd lock; ///< outlives the connection
    Database database;
    RowWriter rows; ///< its statements end before the connection
    WriterOptions options;
    bool open = false;
};

TraceWriter::TraceWriter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
TraceWriter::TraceWriter(TraceWriter&&) noexcept = default;
TraceWriter& TraceWriter::operator=(TraceWriter&&) noexcept = default;
TraceWriter::~TraceWriter() = default;

Result<TraceWriter> TraceWriter::create(const std::string& path, CgroupResolver resolve, const WriterOptions& options) {
    auto lock = create_recording(path);
    if (!lock) {
        return std::unexpected(lock.error());
    }
    auto state = set_up(path, std::move(*lock), std::move(resolve), options);
    if (!state) { // it was empty: nothing is lost, and the next try finds it free
        for (const char* part : {"", "-wal", "-shm"}) {
            ::unlink((path + part).c_str());
        }
        return std::unexpected(state.error());
    }
    return TraceWriter(std::move(*state));
}

Result<std::unique_ptr<TraceWriter::State>> TraceWriter::set_up(const std::string& path, UniqueFd lock,
                                                                CgroupResolver resolve, const WriterOptions& options) {
    auto database = Database::open(path, OpenMode::kCreate);
    if (!database) {
        return std::unexpected(database.error());
    }
    // A file system without shared memory keeps the journal of old: slower, and as safe.
    const std::string setup = fmt::format("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; BEGIN;"
                                          "PRAGMA application_id={}; PRAGMA user_version={};",
                                          kApplicationId, kSchemaVersion);
    const char* const addresses = options.raw_addresses ? kAddressTable : "";
    for (const std::string& sql : {setup, std::string(kSchema), std::string(addresses), std::string("COMMIT")}) {
        if (auto done = database->execute(sql); !done) {
            return std::unexpected(done.error());
        }
    }
    auto rows = RowWriter::create(*database, std::move(resolve), options.raw_addresses);
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return std::make_unique<State>(std::move(lock), std::move(*database), std::move(*rows), options);
}

Result<std::int64_t> TraceWriter::add_machine(const MachineInfo& machine) {
    if (auto begun = state_->begin(); !begun) {
        return std::unexpected(begun.error());
    }
    auto insert = state_->database.prepare("INSERT INTO machines(host, kernel, boot_id, backend, blind, config, tool,"
                                           " complete_stream, has_counters, sees_zombies, started, started_unix)"
                                           " VALUES (?,?,?,?,?,?,?,?,?,?,?,?)");
    if (!insert) {
        return std::unexpected(insert.error());
    }
    const SourceInfo& source = machine.source;
    std::string blind;
    for (const std::string& phrase : source.blind) {
        blind += (blind.empty() ? "" : "; ") + phrase;
    }
    int parameter = 0;
    for (const std::string& text :
         {source.host, source.kernel, machine.boot_id, source.backend, blind, machine.config, machine.tool}) {
        insert->bind(parameter++, text);
    }
    for (const auto value :
         {flag(source.complete_stream), flag(source.has_counters), flag(source.sees_zombies),
          std::optional(static_cast<std::int64_t>(machine.started.kernel)), std::optional(machine.started.unix_ns)}) {
        insert->bind(parameter++, value);
    }
    if (auto inserted = insert->run(); !inserted) {
        return std::unexpected(inserted.error());
    }
    state_->rows.add_machine();
    return state_->database.integer("SELECT max(id) FROM machines");
}

Result<void> TraceWriter::write(std::span<const Event> events, const Names& names, std::int64_t machine) {
    if (auto begun = state_->begin(); !begun) {
        return begun;
    }
    for (const Event& event : events) {
        if (auto written = state_->rows.write(event, names, machine); !written) {
            return written;
        }
    }
    return {};
}

Result<void> TraceWriter::sample(std::int64_t unix_ns, bool settled, std::uint64_t drifts, std::int64_t machine) {
    if (auto begun = state_->begin(); !begun) {
        return begun;
    }
    RowWriter& rows = state_->rows;
    MachineRows& of = rows.machine(machine);
    if (!of.counters) {
        return {};
    }
    const KernelNs now = of.counters->time;
    if (auto written = rows.counters(*of.counters, {.unix_ns = unix_ns, .settled = settled, .drifts = drifts}, machine);
        !written) {
        return written;
    }
    const bool due = of.walked && now >= of.last_keyframe + state_->options.keyframe_ns;
    const bool is_small = rows.rows() - of.rows_at_keyframe >= kRowsPerSlot * of.shadow.used();
    // In a file that is trimmed the pool must be repeated, whether much happens or not.
    return due && (is_small || now >= of.last_keyframe + 10 * state_->options.keyframe_ns) ? rows.keyframe(now, machine)
                                                                                           : Result<void>{};
}

Result<void> TraceWriter::commit() {
    if (!state_->open) {
        return {};
    }
    auto committed = state_->database.execute("COMMIT");
    state_->open = !committed.has_value();
    return committed;
}

Result<void> TraceWriter::trim(KernelNs oldest) {
    if (auto begun = state_->begin(); !begun) {
        return begun;
    }
    Database& database = state_->database;
    auto find = database.prepare("SELECT seq, keyframe FROM walks WHERE keyframe > 0 AND time <= ?"
                                 " ORDER BY seq DESC LIMIT 1");
    if (!find) {
        return std::unexpected(find.error());
    }
    find->bind(0, static_cast<std::int64_t>(oldest));
    const auto found = find->step();
    if (!found || !*found) {
        return found ? Result<void>{} : std::unexpected(found.error());
    }
    const std::int64_t last = find->integer(0);
    const std::int64_t first = find->integer(1);
    find->reset();
    if (auto any = database.integer(fmt::format("SELECT EXISTS (SELECT 1 FROM walks WHERE seq < {0})"
                                                " OR EXISTS (SELECT 1 FROM events WHERE seq < {0})",
                                                first));
        !any || *any == 0) {
        return any ? Result<void>{} : std::unexpected(any.error());
    }
    std::string sql;
    for (const char* table :
         {"events", "slots", "walks", "skips", "settings", "cache_skips", "stats", "losses", "reports"}) {
        sql += fmt::format("DELETE FROM {} WHERE seq < {};", table, first);
    }
    // States 1, 2 and 4 hold an object.
    sql += fmt::format("UPDATE slots SET origin = {} WHERE seq BETWEEN {} AND {} AND state IN (1, 2, 4);",
                       static_cast<std::int64_t>(SlotOrigin::kWalk), first, last);
    sql += "DELETE FROM stacks WHERE id NOT IN (SELECT stack FROM events WHERE stack IS NOT NULL UNION"
           " SELECT alloc_stack FROM slots WHERE alloc_stack IS NOT NULL UNION"
           " SELECT free_stack FROM slots WHERE free_stack IS NOT NULL UNION"
           " SELECT access_stack FROM reports WHERE access_stack IS NOT NULL UNION"
           " SELECT alloc_stack FROM reports WHERE alloc_stack IS NOT NULL UNION"
           " SELECT free_stack FROM reports WHERE free_stack IS NOT NULL);"
           "DELETE FROM stack_frames WHERE stack NOT IN (SELECT id FROM stacks);"
           "DELETE FROM tasks WHERE id NOT IN (SELECT task FROM events WHERE task IS NOT NULL UNION"
           " SELECT task FROM slots WHERE task IS NOT NULL UNION"
           " SELECT task FROM reports WHERE task IS NOT NULL UNION"
           " SELECT alloc_task FROM reports WHERE alloc_task IS NOT NULL UNION"
           " SELECT free_task FROM reports WHERE free_task IS NOT NULL);"
           "DELETE FROM cgroups WHERE id NOT IN (SELECT cgroup FROM tasks WHERE cgroup IS NOT NULL);";
    if (auto removed = database.execute(sql); !removed) {
        return removed;
    }
    return state_->rows.interner().forget();
}

Result<void> TraceWriter::merge_log() {
    return state_->database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<void> TraceWriter::copy_to(const std::string& path, const ClockAnchor& end) {
    if (auto committed = commit(); !committed) {
        return committed;
    }
    const std::string unfinished = fmt::format("{}.tmp-{}", path, ::getpid());
    auto copy = state_->database.prepare("VACUUM INTO ?");
    if (!copy) {
        return std::unexpected(copy.error());
    }
    copy->bind(0, unfinished);
    auto copied = copy->run();
    if (copied) {
        ::chmod(unfinished.c_str(), S_IRUSR | S_IWUSR);
        copied = end_copy(unfinished, end);
    }
    if (copied) {
        copied = sync_file(unfinished);
    }
    if (copied) {
        copied = rename_to_free_name(unfinished, path);
    }
    if (!copied) {
        ::unlink(unfinished.c_str());
    }
    return copied;
}

Result<void> TraceWriter::finish(std::span<const std::optional<ClockAnchor>> ends) {
    if (auto begun = state_->begin(); !begun) {
        return begun;
    }
    auto update = state_->database.prepare(kEndMachine);
    if (!update) {
        return std::unexpected(update.error());
    }
    std::int64_t machine = 1;
    for (const auto& end : ends) {
        if (auto updated = end ? end_machine(*update, *end, machine) : Result<void>{}; !updated) {
            return updated;
        }
        ++machine;
    }
    if (auto committed = commit(); !committed) {
        return committed;
    }
    // Whoever reads it now keeps it from becoming one file; then it stays in two, and is_one_file() says so.
    const auto joined = state_->database.execute("PRAGMA busy_timeout=2000; PRAGMA journal_mode=DELETE");
    if (!joined || !is_one_file()) {
        [[maybe_unused]] const auto merged = merge_log();
    }
    return {};
}

bool TraceWriter::is_one_file() const {
    return log_bytes() == 0;
}

const WriterTotals& TraceWriter::totals() const noexcept {
    return state_->rows.totals();
}

std::uint64_t TraceWriter::log_bytes() const {
    return size_of(state_->database.path() + "-wal");
}

std::uint64_t TraceWriter::bytes() const {
    return size_of(state_->database.path()) + size_of(state_->database.path() + "-wal");
}

} // namespace kfence
