// SPDX-License-Identifier: Apache-2.0
// Events -> rows. The statements of a TraceWriter.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "store/database.h"
#include "store/interner.h"
#include "store/schema.h"
#include "store/slot_shadow.h"
#include "store/writer.h"

namespace kfence {

/// A reading of the kernel's counters, besides its figures.
struct SampleInfo {
    std::int64_t unix_ns = 0;
    bool settled = false;
    std::uint64_t drifts = 0;
};

/// What the kernel had counted when the file had no rows: the same at each settled reading.
struct CounterBase {
    std::int64_t allocs = 0;
    std::int64_t frees = 0;
    friend bool operator==(const CounterBase&, const CounterBase&) = default;
};

/// What is known of one machine while its rows are written.
struct MachineRows {
    SlotShadow shadow;
    std::optional<CountersEvent> counters;
    std::optional<SettingsEvent> settings;
    std::unordered_map<std::int64_t, bool> skipped; ///< skip_kfence by row of the cache
    std::uint32_t objects = 0;
    bool walked = false;
    KernelNs last_keyframe = 0;
    std::uint64_t rows_at_keyframe = 0;
    std::uint64_t allocs = 0; ///< rows
    std::uint64_t frees = 0;
    std::optional<CounterBase> base; ///< of the settled readings since the last loss or drift
    std::int64_t base_seq = 0;       ///< they are later than this
    std::uint64_t drifts = 0;
};

class RowWriter {
public:
    static Result<RowWriter> create(Database& database, CgroupResolver resolve, bool raw_addresses);

    Result<void> write(const Event& event, const Names& names, std::int64_t machine);
    Result<void> counters(const CountersEvent& event, const SampleInfo& info, std::int64_t machine);
    /// Repeats slots, settings and skip flags of a machine.
    Result<void> keyframe(KernelNs time, std::int64_t machine);

    [[nodiscard]] MachineRows& machine(std::int64_t machine) { return machines_.at(static_cast<std::size_t>(machine)); }
    void add_machine() { machines_.emplace_back(); }
    [[nodiscard]] WriterTotals& totals() noexcept { return totals_; }
    [[nodiscard]] std::uint64_t rows() const noexcept { return static_cast<std::uint64_t>(seq_) - 1; }
    [[nodiscard]] Interner& interner() noexcept { return interner_; }

private:
    explicit RowWriter(Interner interner) : interner_(std::move(interner)) {}

    Result<void> row(const AllocEvent& event, const Names& names, std::int64_t machine);
    Result<void> row(const FreeEvent& event, const Names& names, std::int64_t machine);
    Result<void> row(const RcuFreeingEvent& event, const Names& names, std::int64_t machine);
    Result<void> row(const ZombieEvent& event, const Names& names, std::int64_t machine);
    Result<void> row(const SkipEvent& event, const Names& names, std::int64_t machine);
    Result<void> row(const ReportEvent& event, const Names& names, std::int64_t machine);
    Result<void> row(const SlotEvent& event, const Names& names, std::int64_t machine);
    Result<void> row(const WalkEvent& event, const Names& names, std::int64_t machine);
    Result<void> row(const CountersEvent& event, const Names& names, std::int64_t machine);
    Result<void> row(const SettingsEvent& event, const Names& names, std::int64_t machine);
    Result<void> row(const CacheSkipEvent& event, const Names& names, std::int64_t machine);
    Result<void> row(const LossEvent& event, const Names& names, std::int64_t machine);

    Result<void> end_row(EventRow event, StackId stack, const Task& task, const Names& names, std::int64_t machine);
    Result<void> insert(const EventRow& event, std::optional<std::int64_t> object, std::int64_t machine);
    Result<void> insert(const SlotRow& slot, SlotOrigin origin, std::int64_t machine);
    Result<void> settings_row(const SettingsEvent& event, std::int64_t machine);
    Result<void> settle(const CountersEvent& event, std::uint64_t drifts, std::int64_t machine);
    Result<void> cache_skip_row(KernelNs time, std::int64_t cache, bool skip, std::int64_t machine);

    Interner interner_;
    Statement events_;
    Statement slots_;
    Statement walks_;
    Statement skips_;
    Statement settings_;
    Statement cache_skips_;
    Statement stats_;
    Statement losses_;
    Statement reports_;
    Statement unsettle_;
    std::vector<MachineRows> machines_{1}; ///< by number, from 1
    WriterTotals totals_;
    std::int64_t seq_ = 1; ///< of the next row
};

} // namespace kfence
