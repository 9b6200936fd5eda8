// SPDX-License-Identifier: Apache-2.0
// The way back of the Interner: from rows of a file to ids of a Names table. Each is looked up when it is first met.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "event/event.h"
#include "event/names.h"
#include "store/database.h"
#include "store/interner.h"

namespace kfence {

/// No cgroup has a higher row: then the file is damaged.
inline constexpr std::int64_t kMostCgroupRow = (std::int64_t{1} << 44U) - 1;

class StoredNames {
public:
    /// Both must live as long as this does. Nothing may be forgotten from `names` meanwhile, save what forget() is
    /// told.
    static Result<StoredNames> create(Database& database, Names& names);

    /// Row 0 is none. A row that does not exist is an error.
    Result<CacheId> cache(std::int64_t row);
    Result<StackId> stack(std::int64_t row);
    /// `Task::cgroup` is the row of the cgroup, and `cpu` is left to the caller.
    Result<Task> task(std::int64_t row);
    /// Its path is sanitized; empty for row 0, and for one that was gone when it was met.
    Result<Cgroup> cgroup(std::int64_t row);

    [[nodiscard]] std::uint64_t stack_hash(StackId stack) const { return names_->stack_hash(stack); }

    /// Ids were forgotten from the Names table: they are looked up again.
    void forget();

private:
    explicit StoredNames(Names& names) noexcept : names_(&names) {}
    [[nodiscard]] std::unexpected<Error> missing(std::string_view table, std::int64_t row) const;
    [[nodiscard]] std::unexpected<Error> wrong(std::string_view table, std::int64_t row, std::string_view why) const;

    struct CachedTask {
        std::int64_t row = 0;
        Task task;
    };

    Names* names_;
    const std::string* path_ = nullptr;
    Statement find_cache_;
    Statement find_stack_;
    Statement find_frames_;
    Statement find_task_;
    Statement find_cgroup_;
    std::unordered_map<std::int64_t, CacheId> caches_;
    std::unordered_map<std::int64_t, StackId> stacks_;
    std::unordered_map<std::int64_t, Cgroup> cgroups_;
    std::vector<CachedTask> tasks_;
};

} // namespace kfence
