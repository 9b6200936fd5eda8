// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/verify.h"

#include <numeric>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/text.h"
#include "store/trace_cursor.h"
#include "tools/trace/verify_counters.h"
#include "tools/trace/verify_slots.h"

namespace kfence {
namespace {

/// References that a reading of the rows does not follow.
struct Reference {
    const char* sql; ///< counts what points nowhere
    const char* what;
};
constexpr std::array<Reference, 5> kReferences = {
    {{"SELECT count(*) FROM stack_frames WHERE frame NOT IN (SELECT id FROM frames)", "frames of stacks"},
     {"SELECT count(*) FROM stack_frames WHERE stack NOT IN (SELECT id FROM stacks)", "stacks of frames"},
     {"SELECT count(*) FROM tasks WHERE cgroup IS NOT NULL AND cgroup NOT IN (SELECT id FROM cgroups)",
      "cgroups of tasks"},
     {"SELECT count(*) FROM stacks WHERE id NOT IN (SELECT stack FROM stack_frames)", "stacks with their frames"},
     {"SELECT count(*) FROM caches WHERE name IS NULL", "names of caches"}}};

/// Losses are read once per refresh, after the events.
constexpr int kReadingsUntilLoss = 2;

/// What came before the end and was read after it.
constexpr KernelNs kMostDelayNs = 60'000'000'000;

/// What is wrong unless a loss explains it.
struct Doubt {
    std::string text;
    int readings = 0; ///< of the counters since
};

class Verifier {
public:
    explicit Verifier(TraceFile& file)
        : file_(file), doubts_(file.machines().size()), slots_(file.machines().size()),
          counters_(file.machines().size()) {}

    Verdict run() {
        check_pages();
        check_references();
        check_machines();
        if (auto read = read_rows(); !read) {
            problem(read.error().message);
        }
        for (std::size_t i = 0; i < counters_.size(); ++i) {
            verdict_.readings += counters_[i].compared();
            settle_doubts(doubts_[i], 0);
            if (const auto wrong = counters_[i].check_bugs()) {
                problem(fmt::format("{}{}", machine_prefix(i), *wrong));
            }
        }
        return std::move(verdict_);
    }

private:
    void problem(std::string text) {
        ++verdict_.problem_count;
        if (verdict_.problems.size() < kMostProblems) {
            verdict_.problems.push_back(std::move(text));
        }
    }

    [[nodiscard]] std::string machine_prefix(std::size_t index) const {
        return file_.machines().size() == 1 ? "" : file_.machines()[index].source.host + ": ";
    }

    /// SQLite's own check.
    void check_pages() {
        auto check = file_.database().prepare("PRAGMA integrity_check(10)");
        if (!check) {
            problem(check.error().message);
            return;
        }
        for (auto row = check->step(); !row || *row; row = check->step()) {
            if (!row) {
                problem(row.error().message);
                return;
            }
            if (check->text(0) != "ok") {
                problem(sanitize(check->text(0)));
            }
        }
    }

    void check_references() {
        for (const Reference& reference : kReferences) {
            const auto count = file_.database().integer(reference.sql);
            if (!count) {
                problem(count.error().message);
            } else if (*count != 0) {
                problem(fmt::format("{} {} are missing", *count, reference.what));
            }
        }
    }

    void check_machines() {
        for (std::size_t i = 0; i < file_.machines().size(); ++i) {
            const MachineInfo& machine = file_.machines()[i];
            if (machine.ended && machine.ended->kernel < machine.started.kernel) {
                problem(machine_prefix(i) + "its recording ended before it started");
            }
        }
    }

    Result<void> read_rows() {
        Names names;
        auto cursor = TraceCursor::create(file_, names);
        if (!cursor) {
            return std::unexpected(cursor.error());
        }
        TraceRecord record;
        std::int64_t last = 0;
        for (auto more = cursor->next(record); !more || *more; more = cursor->next(record)) {
            if (!more) {
                return std::unexpected(more.error());
            }
            if (record.seq <= last) {
                problem(fmt::format("two rows have the seq {}", record.seq));
            }
            last = record.seq;
            take(record);
        }
        return {};
    }

    void take(const TraceRecord& record) {
        ++verdict_.rows;
        verdict_.allocs += std::holds_alternative<AllocEvent>(record.event) ? 1 : 0;
        verdict_.ends += std::holds_alternative<FreeEvent>(record.event) ? 1 : 0;
        verdict_.reports += std::holds_alternative<ReportEvent>(record.event) ? 1 : 0;
        if (const auto* loss = std::get_if<LossEvent>(&record.event)) {
            verdict_.losses[static_cast<std::size_t>(loss->cause)] += loss->count;
        }
        const auto index = static_cast<std::size_t>(record.machine - 1);
        const SourceInfo& source = file_.machines()[index].source;
        const auto& ended = file_.machines()[index].ended;
        const KernelNs time = std::visit([](const auto& e) { return e.time; }, record.event);
        if (ended && time > ended->kernel + kMostDelayNs) {
            problem(fmt::format("{}row {}: it is of a time long after the end", machine_prefix(index), record.seq));
        }
        take_doubts(record, doubts_[index]);
        if (const auto wrong = slots_[index].check(record)) {
            doubts_[index].push_back(
                {.text = fmt::format("{}row {}: {}", machine_prefix(index), record.seq, *wrong), .readings = 0});
        }
        // Without a stream the file has states and no events.
        if (const auto wrong = counters_[index].check(record); wrong && source.complete_stream) {
            problem(fmt::format("{}up to row {}: {}", machine_prefix(index), record.seq, *wrong));
        }
    }

    /// A loss explains what came shortly before it was said.
    void take_doubts(const TraceRecord& record, std::vector<Doubt>& doubts) {
        if (std::holds_alternative<LossEvent>(record.event)) {
            doubts.clear();
        } else if (std::holds_alternative<CountersEvent>(record.event)) {
            for (Doubt& doubt : doubts) {
                ++doubt.readings;
            }
            settle_doubts(doubts, kReadingsUntilLoss);
        }
    }

    void settle_doubts(std::vector<Doubt>& doubts, int readings) {
        for (Doubt& doubt : doubts) {
            if (doubt.readings >= readings) {
                problem(std::move(doubt.text));
            }
        }
        std::erase_if(doubts, [&](const Doubt& doubt) { return doubt.readings >= readings; });
    }

    TraceFile& file_;
    Verdict verdict_;
    std::vector<std::vector<Doubt>> doubts_; ///< by number of the machine, from 0
    std::vector<SlotOrder> slots_;           ///< by number of the machine, from 0
    std::vector<CounterCheck> counters_;
};

std::string losses_text(const Verdict& verdict) {
    std::string out;
    for (std::size_t i = 0; i < kLossCauseCount; ++i) {
        if (verdict.losses[i] > 0) {
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ", verdict.losses[i],
                               to_string(static_cast<LossCause>(i)));
        }
    }
    return out.empty() ? "none" : out;
}

std::string state_text(const TraceFile& file) {
    if (file.is_being_recorded()) {
        return "no: it is being recorded";
    }
    return file.is_complete() ? "yes" : "no: it was cut off, and ends with its last durable moment";
}

} // namespace

std::uint64_t Verdict::lost() const noexcept {
    return std::accumulate(losses.begin(), losses.end(), std::uint64_t{0});
}

Verdict verify_trace(TraceFile& file) {
    return Verifier(file).run();
}

std::string render_verdict(const Verdict& verdict, const TraceFile& file) {
    std::string out = fmt::format("rows       {}: {} allocations, {} ends, {} reports\n", verdict.rows, verdict.allocs,
                                  verdict.ends, verdict.reports);
    out += fmt::format("counters   compared at {} moments\n", verdict.readings);
    out += fmt::format("losses     {}\n", losses_text(verdict));
    out += fmt::format("complete   {}\n", state_text(file));
    if (verdict.problem_count == 0) {
        return out + "nothing is wrong\n";
    }
    for (const std::string& problem : verdict.problems) {
        out += fmt::format("WRONG      {}\n", problem);
    }
    if (verdict.problem_count > verdict.problems.size()) {
        out += fmt::format("WRONG      and {} more\n", verdict.problem_count - verdict.problems.size());
    }
    return out;
}

} // namespace kfence
