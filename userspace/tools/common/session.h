// SPDX-License-Identifier: Apache-2.0
// One source feeding one model: what every tool that looks at a pool runs. The session decides when to
// drain, to read the counters, to walk the metadata again, and when to give up comparing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "model/pool_model.h"
#include "source/source.h"

namespace kfence {

class Session {
public:
    /// Takes the source; start() must be called before anything else.
    explicit Session(std::unique_ptr<Source> source);

    /// The first walk and the first counters: after it the model is complete and compared. It is the first
    /// refresh in the sense of the model: the next one has rates.
    Result<void> start();

    /// Forgets everything, and starts again: for a source that was rewound.
    Result<void> restart();

    /// Delivers what has arrived, bounded, so that a view stays responsive under a flood. Call when the
    /// source's wait_fd() is readable.
    Result<void> pump();

    /// One refresh: drain, tick, state, counters (read again while something is under way, a bounded number
    /// of times), and a walk when the model asks for one, at most once per second of the kernel's clock. A walk that
    /// fails is a loss, and an error only when the next ones fail, too.
    Result<void> refresh();

    /// True when nothing more will come (a replay that ended).
    [[nodiscard]] bool finished() const noexcept { return source_->finished(); }

    [[nodiscard]] const PoolModel& model() const noexcept { return model_; }
    [[nodiscard]] Source& source() noexcept { return *source_; }

private:
    Result<void> drain(std::size_t budget);
    Result<void> read_state();
    Result<void> read_counters();
    Result<void> walk();
    Result<void> compare();
    Result<void> compare_once(bool drain_first);
    Result<void> check_losses();
    Result<void> walk_if_needed();
    Result<void> resync();
    void apply_batch();
    void forget_unused_stacks();
    void forget_idle_caches();

    std::unique_ptr<Source> source_;
    PoolModel model_;
    EventBatch batch_;
    std::optional<KernelNs> last_walk_;
    std::size_t stack_limit_;
    std::size_t cache_limit_;
    int failed_walks_ = 0; ///< in a row
};

} // namespace kfence
