// SPDX-License-Identifier: Apache-2.0
// A recording as JSON lines on stdout: one object per event, as they come.
#pragma once

#include <string>

#include "tools/trace/event_sink.h"

namespace kfence {

class RecordLines final : public EventSink {
public:
    /// `interrupt_fd` ends the wait for a slow reader when it becomes readable.
    RecordLines(MachineInfo machine, CgroupResolver cgroups, int interrupt_fd);

    Result<void> write(std::span<const Event> events, const Names& names) override;
    Result<void> sample(const ClockAnchor& now, bool settled, std::uint64_t drifts) override;
    Result<void> commit() override { return {}; }
    Result<void> finish(const ClockAnchor& /*end*/) override { return {}; }
    [[nodiscard]] const WriterTotals& totals() const override { return totals_; }
    [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }
    [[nodiscard]] std::string place() const override { return "stdout"; }
    [[nodiscard]] bool is_gone() const noexcept override { return gone_; }

private:
    Result<void> send(const std::string& text);

    MachineInfo machine_;
    CgroupResolver cgroups_;
    int interrupt_fd_;
    WriterTotals totals_;
    std::uint64_t bytes_ = 0;
    bool gone_ = false;
    CountersEvent counters_; ///< as last read
};

} // namespace kfence
