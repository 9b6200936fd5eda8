// SPDX-License-Identifier: Apache-2.0
#include "store/stored_names.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace kfence {
namespace {

/// Tasks are met again soon or never.
constexpr std::size_t kTaskSlots = 8192;
/// KFENCE keeps 64 frames at most (KFENCE_STACK_DEPTH, mm/kfence/kfence.h).
constexpr std::size_t kMostFrames = 256;
/// Bytes of a name or of a frame: what the kernel writes is shorter (KSYM_NAME_LEN is 512, a cache has a few dozen). A
/// file of somebody else may have anything.
constexpr std::size_t kLongestName = 640;
/// A path in a cgroup hierarchy, PATH_MAX.
constexpr std::size_t kLongestPath = 4096;
/// Caches of all machines of a file.
constexpr std::size_t kMostCaches = 65'536;

std::string_view shortened(std::string_view text, std::size_t most = kLongestName) {
    return text.substr(0, most);
}

} // namespace

Result<StoredNames> StoredNames::create(Database& database, Names& names) {
    StoredNames out(names);
    out.path_ = &database.path();
    out.tasks_.resize(kTaskSlots);
    const std::pair<Statement*, std::string_view> statements[] = {
        {&out.find_cache_, "SELECT name FROM caches WHERE id = ?"},
        {&out.find_stack_, "SELECT skip FROM stacks WHERE id = ?"},
        {&out.find_frames_, "SELECT f.text FROM stack_frames s JOIN frames f ON f.id = s.frame WHERE s.stack = ?"
                            " ORDER BY s.depth"},
        {&out.find_task_, "SELECT pid, tgid, comm, cgroup, pid_namespace FROM tasks WHERE id = ?"},
        {&out.find_cgroup_, "SELECT kernel_id, path FROM cgroups WHERE id = ?"}};
    for (const auto& [statement, sql] : statements) {
        auto prepared = database.prepare(sql);
        if (!prepared) {
            return std::unexpected(prepared.error());
        }
        *statement = std::move(*prepared);
    }
    return out;
}

std::unexpected<Error> StoredNames::missing(std::string_view table, std::int64_t row) const {
    return fail(ErrorKind::kFailed,
                fmt::format("{}: it is damaged: table {} has no row {}", sanitize(*path_), table, row));
}

std::unexpected<Error> StoredNames::wrong(std::string_view table, std::int64_t row, std::string_view why) const {
    return fail(ErrorKind::kFailed, fmt::format("{}: it is damaged: in table {}, {} of row {} cannot be",
                                                sanitize(*path_), table, why, row));
}

Result<CacheId> StoredNames::cache(std::int64_t row) {
    if (row == 0) {
        return kNoCache;
    }
    if (const auto known = caches_.find(row); known != caches_.end()) {
        return known->second;
    }
    find_cache_.bind(0, row);
    const auto found = find_cache_.step();
    if (!found || !*found) {
        return found ? missing("caches", row) : std::unexpected(found.error());
    }
    if (caches_.size() >= kMostCaches) {
        return wrong("caches", row, "the number");
    }
    const CacheId id = names_->cache(shortened(find_cache_.text(0)));
    find_cache_.reset();
    caches_.emplace(row, id);
    return id;
}

Result<StackId> StoredNames::stack(std::int64_t row) {
    if (row == 0) {
        return kNoStack;
    }
    if (const auto known = stacks_.find(row); known != stacks_.end()) {
        return known->second;
    }
    find_stack_.bind(0, row);
    const auto found = find_stack_.step();
    if (!found || !*found) {
        return found ? missing("stacks", row) : std::unexpected(found.error());
    }
    const auto skip = static_cast<std::size_t>(std::max<std::int64_t>(find_stack_.integer(0), 0));
    find_stack_.reset();
    std::vector<std::string> frames;
    find_frames_.bind(0, row);
    for (auto next = find_frames_.step(); !next || *next; next = find_frames_.step()) {
        if (!next) {
            return std::unexpected(next.error());
        }
        if (frames.size() < kMostFrames) {
            frames.emplace_back(shortened(find_frames_.text(0)));
        }
    }
    const StackId id = names_->stack(frames, skip);
    stacks_.emplace(row, id);
    return id;
}

Result<Task> StoredNames::task(std::int64_t row) {
    if (row == 0) {
        return Task{};
    }
    CachedTask& cached = tasks_[static_cast<std::size_t>(row) % kTaskSlots];
    if (cached.row == row) {
        return cached.task;
    }
    find_task_.bind(0, row);
    const auto found = find_task_.step();
    if (!found || !*found) {
        return found ? missing("tasks", row) : std::unexpected(found.error());
    }
    constexpr std::int64_t kMostIds = std::numeric_limits<std::int32_t>::max();
    const std::pair<std::int64_t, std::string_view> most[] = {{kMostIds, "the pid"},
                                                              {kMostIds, "the tgid"},
                                                              {0, ""},
                                                              {kMostCgroupRow, "the cgroup"},
                                                              {UINT32_MAX, "the pid_namespace"}};
    for (int column = 0; column < 5; ++column) {
        const std::int64_t value = column == 2 ? 0 : find_task_.integer(column);
        if (value < 0 || value > most[column].first) {
            find_task_.reset();
            return wrong("tasks", row, most[column].second);
        }
    }
    Task task{.pid = static_cast<std::int32_t>(find_task_.integer(0)),
              .tgid = static_cast<std::int32_t>(find_task_.integer(1)),
              .cgroup = static_cast<std::uint64_t>(find_task_.integer(3)),
              .pid_ns = static_cast<std::uint32_t>(find_task_.integer(4))};
    const std::string_view comm = find_task_.text(2).substr(0, task.comm.size() - 1);
    std::ranges::copy(comm, task.comm.begin());
    find_task_.reset();
    cached = {.row = row, .task = task};
    return task;
}

Result<Cgroup> StoredNames::cgroup(std::int64_t row) {
    if (row == 0) {
        return Cgroup{};
    }
    if (const auto known = cgroups_.find(row); known != cgroups_.end()) {
        return known->second;
    }
    find_cgroup_.bind(0, row);
    const auto found = find_cgroup_.step();
    if (!found || !*found) {
        return found ? missing("cgroups", row) : std::unexpected(found.error());
    }
    Cgroup cgroup{.kernel_id = static_cast<std::uint64_t>(find_cgroup_.integer(0)),
                  .path = sanitize(shortened(find_cgroup_.text(1), kLongestPath))};
    find_cgroup_.reset();
    cgroups_.emplace(row, cgroup);
    return cgroup;
}

void StoredNames::forget() {
    caches_.clear();
    stacks_.clear();
}

} // namespace kfence
