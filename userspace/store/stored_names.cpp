// SPDX-License-Identifier: Apache-2.0
#include "store/stored_names.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace kfence {
namespace {

/// Tasks are met again soon or never.
constexpr std::size_t kTaskSlots = 8192;
/// KFENCE keeps 64 frames at most (KFENCE_STACK_DEPTH, mm/kfence/kfence.h).
constexpr std::size_t kMostFrames = 256;

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
    const CacheId id = names_->cache(find_cache_.text(0));
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
    const auto skip =
        static_cast<std::size_t>(std::clamp<std::int64_t>(find_stack_.integer(0), 0, std::int64_t{kMostFrames}));
    find_stack_.reset();
    std::vector<std::string> frames;
    find_frames_.bind(0, row);
    for (auto next = find_frames_.step(); !next || *next; next = find_frames_.step()) {
        if (!next) {
            return std::unexpected(next.error());
        }
        if (frames.size() < kMostFrames) {
            frames.emplace_back(find_frames_.text(0));
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
                  .path = sanitize(find_cgroup_.text(1))};
    find_cgroup_.reset();
    cgroups_.emplace(row, cgroup);
    return cgroup;
}

void StoredNames::forget() {
    caches_.clear();
    stacks_.clear();
}

} // namespace kfence
