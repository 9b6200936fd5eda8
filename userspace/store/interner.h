// SPDX-License-Identifier: Apache-2.0
// Caches, stacks, tasks and cgroups, stored once each: from the ids of a Names table to rows of the file.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "event/event.h"
#include "event/names.h"
#include "store/database.h"

namespace kfence {

struct Cgroup {
    std::uint64_t kernel_id = 0;
    std::string path; ///< below the root of the hierarchy; empty when it was gone already
};
/// Called once for each id, as soon as it is seen: while the cgroup is there, if it ever was.
using CgroupResolver = std::function<Cgroup(std::uint64_t id)>;

class Interner {
public:
    /// For the file that `database` is; both must live as long as the interner. With `raw_addresses` the file has the
    /// table frame_addresses.
    static Result<Interner> create(Database& database, CgroupResolver resolve, bool raw_addresses);

    /// Rows of the tables, 0 for what is unknown. The ids are those of `names`.
    Result<std::int64_t> cache(CacheId id, const Names& names);
    Result<std::int64_t> stack(StackId id, const Names& names);
    /// `machine` tells apart the processes of the machines of a merged file.
    Result<std::int64_t> task(const Task& task, std::int64_t machine);

    /// Rows were removed from the tables: what comes next is looked up in nothing but what is inserted from now on.
    Result<void> forget();

private:
    struct TaskKey {
        std::array<std::uint64_t, 6> words{};
        friend bool operator==(const TaskKey&, const TaskKey&) = default;
    };
    struct TaskHash {
        std::size_t operator()(const TaskKey& key) const noexcept;
    };
    struct StackKey {
        std::uint64_t high = 0;
        std::uint64_t low = 0;
        friend bool operator==(const StackKey&, const StackKey&) = default;
    };
    struct StackHash {
        std::size_t operator()(const StackKey& key) const noexcept { return static_cast<std::size_t>(key.low); }
    };

    void follow(const Names& names);
    Result<std::int64_t> frame(const Stack& stack, std::size_t depth, const Names& names);
    Result<void> frame_address(std::int64_t frame, std::uint64_t address);
    Result<std::int64_t> insert_stack(const Stack& stack, const std::vector<std::int64_t>& frames);
    Result<std::int64_t> cgroup(std::uint64_t id, std::int64_t machine);

    Statement insert_cache_;
    Statement insert_frame_;
    std::optional<Statement> insert_frame_address_;
    Statement insert_stack_;
    Statement insert_stack_frame_;
    Statement insert_task_;
    Statement insert_cgroup_;
    CgroupResolver resolve_;

    std::uint64_t generation_ = 0;
    std::vector<std::int64_t> caches_by_id_; ///< valid for this generation of the Names table
    std::vector<std::int64_t> stacks_by_id_;
    std::vector<std::int64_t> frames_by_index_;
    std::unordered_map<std::string, std::int64_t> caches_;
    std::unordered_map<StackKey, std::int64_t, StackHash> stacks_;
    std::unordered_map<TaskKey, std::int64_t, TaskHash> tasks_;
    std::unordered_map<std::uint64_t, std::int64_t> cgroups_; ///< by machine and id, mixed
    std::int64_t next_cache_ = 1;
    std::int64_t next_frame_ = 1;
    std::int64_t next_stack_ = 1;
    std::int64_t next_task_ = 1;
    std::int64_t next_cgroup_ = 1;
};

} // namespace kfence
