// SPDX-License-Identifier: Apache-2.0
// A source whose events are recorded on their way to the model.
#pragma once

#include <memory>
#include <optional>

#include "source/source.h"
#include "tools/trace/event_sink.h"

namespace kfence {

class TeeSource final : public Source {
public:
    /// The sink must outlive the source. After an error of the sink every call returns that error.
    TeeSource(std::unique_ptr<Source> source, EventSink& sink) noexcept;

    [[nodiscard]] const SourceInfo& info() const noexcept override { return source_->info(); }
    [[nodiscard]] Names& names() noexcept override { return source_->names(); }
    [[nodiscard]] int wait_fd() const noexcept override { return source_->wait_fd(); }
    Result<bool> drain(EventBatch& out, std::size_t max_events) override;
    Result<void> read_counters(EventBatch& out) override;
    Result<void> read_state(EventBatch& out) override;
    Result<void> walk(EventBatch& out) override;
    [[nodiscard]] KernelNs now() override { return source_->now(); }
    [[nodiscard]] bool finished() const noexcept override { return source_->finished(); }

    /// What went wrong in the sink, if anything: not an error of the source.
    [[nodiscard]] const std::optional<Error>& sink_error() const noexcept { return error_; }

private:
    /// Records what came to `out` since it had `before` events, whatever `result` is, and returns it.
    template <typename T> Result<T> record(const EventBatch& out, std::size_t before, Result<T> result);

    std::unique_ptr<Source> source_;
    EventSink& sink_;
    std::optional<Error> error_;
};

} // namespace kfence
