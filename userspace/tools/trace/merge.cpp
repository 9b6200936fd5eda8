// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/merge.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <queue>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/text.h"
#include "event/names.h"
#include "store/trace_cursor.h"
#include "store/writer.h"

namespace kfence {
namespace {

constexpr std::uint64_t kProgressRows = 10'000;
/// Rows of a transaction: a million small ones would each be synced.
constexpr std::uint64_t kCommitRows = 100'000;

/// Cgroups are asked for by a number that also says which file they are of.
constexpr unsigned kFileShift = 44;
static_assert(kMostCgroupRow < (std::int64_t{1} << kFileShift));

KernelNs time_of(const Event& event) {
    return std::visit([](const auto& e) { return e.time; }, event);
}

/// The task of an event that has one.
Task* task_of(Event& event) {
    return std::visit(
        [](auto& e) -> Task* {
            if constexpr (requires { e.task; }) {
                return &e.task;
            } else {
                return nullptr;
            }
        },
        event);
}

/// One of the files, with the row that comes next.
class Input {
public:
    static Result<std::unique_ptr<Input>> open(const std::string& path, Names& names) {
        auto file = TraceFile::open(path);
        if (!file) {
            return std::unexpected(file.error());
        }
        auto out = std::make_unique<Input>(std::move(*file));
        auto cursor = TraceCursor::create(out->file, names);
        if (!cursor) {
            return std::unexpected(cursor.error());
        }
        out->cursor = std::move(*cursor);
        return out;
    }

    explicit Input(TraceFile opened) : file(std::move(opened)) {}

    /// False at the end.
    Result<bool> advance() {
        auto more = cursor->next(record);
        if (more && *more) {
            due = std::max(due, file.unix_time(record.machine, time_of(record.event)));
        }
        return more;
    }

    TraceFile file;
    std::optional<TraceCursor> cursor; ///< always there once it was opened
    TraceRecord record;
    std::int64_t due = std::numeric_limits<std::int64_t>::min(); ///< wall time of the row that comes next
    std::int64_t first_machine = 1;                              ///< of the output
};

class Merger {
public:
    Merger(const std::vector<std::string>& inputs, const MergeProgress& progress)
        : paths_(inputs), progress_(progress) {}

    Result<Merged> run(const std::string& output) {
        if (auto opened = open_inputs(); !opened) {
            return std::unexpected(opened.error());
        }
        struct stat there{};
        if (::lstat(output.c_str(), &there) == 0) {
            return fail(ErrorKind::kUsage,
                        fmt::format("{} exists: choose another name, or remove it first", sanitize(output)));
        }
        const std::string unfinished = fmt::format("{}.tmp-{}", output, ::getpid());
        auto merged = write_to(unfinished);
        if (merged && ::renameat2(AT_FDCWD, unfinished.c_str(), AT_FDCWD, output.c_str(), RENAME_NOREPLACE) != 0 &&
            (errno != EINVAL || ::rename(unfinished.c_str(), output.c_str()) != 0)) {
            merged = fail_errno(ErrorKind::kFailed, errno, fmt::format("cannot create {}", sanitize(output)));
        }
        if (!merged) {
            for (const char* part : {"", "-wal", "-shm"}) {
                ::unlink((unfinished + part).c_str());
            }
        }
        return merged;
    }

private:
    Result<Merged> write_to(const std::string& path) {
        auto writer = TraceWriter::create(path, [this](std::uint64_t id) { return find_cgroup(id); },
                                          {.keyframe_ns = std::numeric_limits<std::uint64_t>::max() / 16});
        if (!writer) {
            return std::unexpected(writer.error());
        }
        auto copied = copy(*writer);
        if (copied) {
            copied = writer->finish(ends_);
        }
        if (!copied) {
            return std::unexpected(copied.error());
        }
        return Merged{.machines = ends_.size(),
                      .events = writer->totals().events,
                      .lost = writer->totals().lost,
                      .bytes = writer->bytes()};
    }

    Result<void> open_inputs() {
        for (const std::string& path : paths_) {
            auto input = Input::open(path, names_);
            if (!input) {
                return std::unexpected(input.error());
            }
            inputs_.push_back(std::move(*input));
        }
        return {};
    }

    Cgroup find_cgroup(std::uint64_t id) {
        const std::uint64_t row = id & ((std::uint64_t{1} << kFileShift) - 1);
        auto found = inputs_.at(id >> kFileShift)->cursor->cgroup(row);
        return found ? std::move(*found) : Cgroup{};
    }

    Result<void> add_machines(TraceWriter& writer) {
        for (const auto& input : inputs_) {
            input->first_machine = static_cast<std::int64_t>(ends_.size()) + 1;
            for (const MachineInfo& machine : input->file.machines()) {
                if (auto added = writer.add_machine(machine); !added) {
                    return std::unexpected(added.error());
                }
                ends_.push_back(machine.ended);
            }
        }
        return {};
    }

    Result<void> copy(TraceWriter& writer) {
        if (auto added = add_machines(writer); !added) {
            return added;
        }
        const auto later = [this](std::size_t a, std::size_t b) {
            return inputs_[a]->due != inputs_[b]->due ? inputs_[a]->due > inputs_[b]->due : a > b;
        };
        std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> next(later);
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            const auto more = inputs_[i]->advance();
            if (!more) {
                return std::unexpected(more.error());
            }
            if (*more) {
                next.push(i);
            }
        }
        for (std::uint64_t rows = 1; !next.empty(); ++rows) {
            const std::size_t i = next.top();
            next.pop();
            if (auto written = write(writer, i); !written) {
                return written;
            }
            const auto more = inputs_[i]->advance();
            if (!more) {
                return std::unexpected(more.error());
            }
            if (*more) {
                next.push(i);
            }
            if (rows % kCommitRows == 0) {
                if (auto committed = writer.commit(); !committed) {
                    return committed;
                }
            }
            if (rows % kProgressRows == 0 && progress_ && !progress_(rows)) {
                return fail(ErrorKind::kFailed, "interrupted: nothing was made");
            }
        }
        return {};
    }

    /// The row at hand of input `i`. Repetitions, and what the writer makes of itself, are left out.
    Result<void> write(TraceWriter& writer, std::size_t i) {
        Input& input = *inputs_[i];
        TraceRecord& record = input.record;
        if (record.repeats || record.origin == SlotOrigin::kEnd) {
            return {};
        }
        if (Task* task = task_of(record.event); task != nullptr && task->cgroup != 0) {
            task->cgroup |= static_cast<std::uint64_t>(i) << kFileShift;
        }
        const std::int64_t machine = input.first_machine + record.machine - 1;
        auto written = writer.write(std::span(&record.event, 1), names_, machine);
        if (!written || !std::holds_alternative<CountersEvent>(record.event)) {
            return written;
        }
        // Marks are those of the input: each reading counts as one after a drift, so that none is taken back.
        return writer.sample(record.unix_ns, record.settled, static_cast<std::uint64_t>(record.seq), machine);
    }

    const std::vector<std::string>& paths_;
    const MergeProgress& progress_;
    Names names_;
    std::vector<std::unique_ptr<Input>> inputs_;
    std::vector<std::optional<ClockAnchor>> ends_; ///< by number of the machine, from 1 on
};

} // namespace

Result<Merged> merge_traces(const std::string& output, const std::vector<std::string>& inputs,
                            const MergeProgress& progress) {
    constexpr std::size_t kMostInputs = std::size_t{1} << (63 - kFileShift);
    if (inputs.size() > kMostInputs) {
        return fail(ErrorKind::kUsage, fmt::format("{} files are too many to merge at once", inputs.size()));
    }
    return Merger(inputs, progress).run(output);
}

} // namespace kfence
