// SPDX-License-Identifier: Apache-2.0
#include "store/interner.h"

#include <cstring>
#include <utility>

#include "base/text.h"

namespace kfence {
namespace {

/// Tasks come and go; what was forgotten gets another row when it comes again.
constexpr std::size_t kMostTasks = 100'000;

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) noexcept {
    hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
    return hash ^ (hash >> 32U);
}

std::int64_t to_row(std::uint64_t value) noexcept {
    return static_cast<std::int64_t>(value);
}

std::int64_t& grow(std::vector<std::int64_t>& rows, std::size_t index) {
    if (index >= rows.size()) {
        rows.resize(index + 1);
    }
    return rows[index];
}

std::optional<std::int64_t> or_null(std::int64_t value) noexcept {
    return value == 0 ? std::nullopt : std::optional(value);
}

} // namespace

std::size_t Interner::TaskHash::operator()(const TaskKey& key) const noexcept {
    std::uint64_t hash = 0x9e3779b97f4a7c15ULL;
    for (const std::uint64_t word : key.words) {
        hash = mix(hash, word);
    }
    return static_cast<std::size_t>(hash);
}

Result<Interner> Interner::create(Database& database, CgroupResolver resolve, bool raw_addresses) {
    Interner out;
    if (raw_addresses) {
        auto prepared = database.prepare("INSERT OR IGNORE INTO frame_addresses VALUES (?, ?)");
        if (!prepared) {
            return std::unexpected(prepared.error());
        }
        out.insert_frame_address_ = std::move(*prepared);
    }
    out.resolve_ = std::move(resolve);
    const std::pair<Statement*, std::string_view> statements[] = {
        {&out.insert_cache_, "INSERT INTO caches VALUES (?, ?)"},
        {&out.insert_frame_, "INSERT INTO frames VALUES (?, ?)"},
        {&out.insert_stack_, "INSERT INTO stacks VALUES (?, ?)"},
        {&out.insert_stack_frame_, "INSERT INTO stack_frames VALUES (?, ?, ?)"},
        {&out.insert_task_, "INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?)"},
        {&out.insert_cgroup_, "INSERT INTO cgroups VALUES (?, ?, ?)"}};
    for (const auto& [statement, sql] : statements) {
        auto prepared = database.prepare(sql);
        if (!prepared) {
            return std::unexpected(prepared.error());
        }
        *statement = std::move(*prepared);
    }
    return out;
}

void Interner::follow(const Names& names) {
    if (names.generation() != generation_) {
        generation_ = names.generation();
        caches_by_id_.clear();
        stacks_by_id_.clear();
    }
}

Result<std::int64_t> Interner::cache(CacheId id, const Names& names) {
    if (id == kNoCache) {
        return 0;
    }
    follow(names);
    std::int64_t& row = grow(caches_by_id_, static_cast<std::size_t>(id));
    if (row != 0) {
        return row;
    }
    const std::string& name = names.cache_name(id);
    const auto [entry, is_new] = caches_.try_emplace(name, next_cache_);
    if (is_new) {
        ++next_cache_;
        insert_cache_.bind(0, entry->second);
        insert_cache_.bind(1, name);
        if (auto inserted = insert_cache_.run(); !inserted) {
            return std::unexpected(inserted.error());
        }
    }
    return row = entry->second;
}

/// A module that was loaded again has the same texts at other addresses.
Result<void> Interner::frame_address(std::int64_t frame, std::uint64_t address) {
    insert_frame_address_->bind_all({frame, to_row(address)});
    return insert_frame_address_->run();
}

Result<std::int64_t> Interner::frame(const Stack& stack, std::size_t depth, const Names& names) {
    std::int64_t& row = grow(frames_by_index_, stack.frames[depth]);
    if (row == 0) {
        insert_frame_.bind(0, next_frame_);
        insert_frame_.bind(1, names.frame(stack, depth));
        if (auto inserted = insert_frame_.run(); !inserted) {
            return std::unexpected(inserted.error());
        }
        row = next_frame_++;
    }
    const std::uint64_t address = insert_frame_address_ ? names.address(stack, depth) : 0;
    if (auto inserted = address != 0 ? frame_address(row, address) : Result<void>{}; !inserted) {
        return std::unexpected(inserted.error());
    }
    return row;
}

Result<std::int64_t> Interner::stack(StackId id, const Names& names) {
    if (id == kNoStack) {
        return 0;
    }
    follow(names);
    std::int64_t& row = grow(stacks_by_id_, static_cast<std::size_t>(id));
    if (row != 0) {
        return row;
    }
    const Stack& stack = names.stack_of(id);
    std::vector<std::int64_t> frames;
    StackKey key{.high = 0x9e3779b97f4a7c15ULL, .low = stack.frames.size()};
    for (std::size_t i = 0; i < stack.frames.size(); ++i) {
        const auto stored = frame(stack, i, names);
        if (!stored) {
            return stored;
        }
        frames.push_back(*stored);
        key.high = mix(key.high, static_cast<std::uint64_t>(*stored));
        key.low = mix(key.low ^ 0xc4ceb9fe1a85ec53ULL, static_cast<std::uint64_t>(*stored));
    }
    auto known = stacks_.find(key);
    if (known == stacks_.end()) {
        const auto inserted = insert_stack(stack, frames);
        if (!inserted) {
            return inserted;
        }
        known = stacks_.emplace(key, *inserted).first;
    }
    return row = known->second;
}

Result<std::int64_t> Interner::insert_stack(const Stack& stack, const std::vector<std::int64_t>& frames) {
    insert_stack_.bind_all({next_stack_, to_row(stack.skip)});
    if (auto inserted = insert_stack_.run(); !inserted) {
        return std::unexpected(inserted.error());
    }
    std::int64_t depth = 0;
    for (const std::int64_t f : frames) {
        insert_stack_frame_.bind_all({next_stack_, depth++, f});
        if (auto inserted = insert_stack_frame_.run(); !inserted) {
            return std::unexpected(inserted.error());
        }
    }
    return next_stack_++;
}

Result<std::int64_t> Interner::cgroup(std::uint64_t id, std::int64_t machine) {
    if (id == 0) {
        return 0;
    }
    const auto [entry, is_new] = cgroups_.try_emplace(mix(static_cast<std::uint64_t>(machine), id), next_cgroup_);
    if (is_new) {
        ++next_cgroup_;
        const Cgroup found = resolve_ ? resolve_(id) : Cgroup{.kernel_id = id, .path = {}};
        insert_cgroup_.bind_all({entry->second, to_row(found.kernel_id), std::nullopt});
        if (!found.path.empty()) {
            insert_cgroup_.bind(2, sanitize(found.path));
        }
        if (auto inserted = insert_cgroup_.run(); !inserted) {
            return std::unexpected(inserted.error());
        }
    }
    return entry->second;
}

Result<std::int64_t> Interner::task(const Task& task, std::int64_t machine) {
    if (task.pid == 0 && task.tgid == 0 && task.comm[0] == '\0') {
        return 0;
    }
    TaskKey key;
    key.words[0] = static_cast<std::uint32_t>(task.pid);
    key.words[1] = static_cast<std::uint32_t>(task.tgid);
    key.words[2] = task.cgroup;
    key.words[3] = (std::uint64_t{task.pid_ns} << 32U) | static_cast<std::uint32_t>(machine);
    std::memcpy(&key.words[4], task.comm.data(), task.comm.size());
    if (const auto known = tasks_.find(key); known != tasks_.end()) {
        return known->second;
    }
    const auto group = cgroup(task.cgroup, machine);
    if (!group) {
        return group;
    }
    if (tasks_.size() >= kMostTasks) {
        tasks_.clear();
    }
    insert_task_.bind_all({next_task_, task.pid, or_null(task.tgid), std::nullopt, or_null(*group),
                           or_null(static_cast<std::int64_t>(task.pid_ns))});
    if (task.comm[0] != '\0') {
        insert_task_.bind(3, sanitize(fixed_field(task.comm.data(), task.comm.size())));
    }
    if (auto inserted = insert_task_.run(); !inserted) {
        return std::unexpected(inserted.error());
    }
    tasks_.emplace(key, next_task_);
    return next_task_++;
}

Result<void> Interner::forget() {
    stacks_by_id_.clear();
    stacks_.clear();
    tasks_.clear();
    cgroups_.clear();
    return {};
}

} // namespace kfence
