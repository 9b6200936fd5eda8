// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/tee_source.h"

#include <span>
#include <utility>

namespace kfence {

TeeSource::TeeSource(std::unique_ptr<Source> source, EventSink& sink) noexcept
    : source_(std::move(source)), sink_(sink) {}

template <typename T> Result<T> TeeSource::record(const EventBatch& out, std::size_t before, Result<T> result) {
    if (!error_ && out.size() > before) {
        if (auto written = sink_.write(std::span(out).subspan(before), source_->names()); !written) {
            error_ = std::move(written.error());
        }
    }
    return error_ ? Result<T>(std::unexpected(*error_)) : std::move(result);
}

Result<bool> TeeSource::drain(EventBatch& out, std::size_t max_events) {
    const std::size_t before = out.size();
    return record(out, before, source_->drain(out, max_events));
}

Result<void> TeeSource::read_counters(EventBatch& out) {
    const std::size_t before = out.size();
    return record(out, before, source_->read_counters(out));
}

Result<void> TeeSource::read_state(EventBatch& out) {
    const std::size_t before = out.size();
    return record(out, before, source_->read_state(out));
}

Result<void> TeeSource::walk(EventBatch& out) {
    const std::size_t before = out.size();
    return record(out, before, source_->walk(out));
}

} // namespace kfence
