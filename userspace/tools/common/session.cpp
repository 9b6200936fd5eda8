// SPDX-License-Identifier: Apache-2.0
#include "tools/common/session.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace kfence {
namespace {

constexpr std::size_t kPumpBudget = 20'000;
constexpr std::size_t kRefreshBudget = 200'000;
constexpr int kAttempts = 8;
/// Comparing stops here, so that slow walks (the poll backend with a large pool) do not stall a view.
constexpr KernelNs kCompareTimeNs = 250'000'000;
/// About once a second: a little less, so that a refresh every second may walk each time.
constexpr KernelNs kWalkIntervalNs = 900'000'000;
constexpr std::size_t kStackLimit = 16'384;
constexpr std::size_t kCacheLimit = 1'024;
/// So many walks in a row, each in a refresh of its own, may fail.
constexpr int kFailedWalks = 5;

ModelOptions options_for(Source& source) {
    const SourceInfo& info = source.info();
    ModelOptions options;
    options.complete_stream = info.complete_stream;
    options.has_counters = info.has_counters;
    options.sees_zombies = info.sees_zombies;
    options.exact_readings = source.timeline() != nullptr;
    return options;
}

/// Long enough for an allocation that the kernel has counted to send its event.
void pause_before(int attempt) {
    std::this_thread::sleep_for(std::chrono::microseconds(std::min(200 * attempt, 1000)));
}

/// Runs the steps until one fails; its error is the result.
template <typename... Steps> Result<void> in_order(Steps... steps) {
    Result<void> result;
    static_cast<void>(((result = steps(), result.has_value()) && ...));
    return result;
}

} // namespace

Session::Session(std::unique_ptr<Source> source)
    : source_(std::move(source)), model_(options_for(*source_)), stack_limit_(kStackLimit), cache_limit_(kCacheLimit) {}

void Session::apply_batch() {
    model_.apply(batch_);
    batch_.clear();
}

Result<void> Session::drain(std::size_t budget) {
    const Result<bool> complete = source_->drain(batch_, budget);
    apply_batch();
    if (!complete) {
        return std::unexpected(complete.error());
    }
    model_.drained(*complete);
    return {};
}

Result<void> Session::read_state() {
    Result<void> read = source_->read_state(batch_);
    apply_batch();
    return read;
}

Result<void> Session::read_counters() {
    if (!source_->info().has_counters) {
        return {};
    }
    Result<void> read = source_->read_counters(batch_);
    apply_batch();
    return read;
}

Result<void> Session::walk() {
    last_walk_ = source_->now();
    Result<void> walked = source_->walk(batch_);
    apply_batch();
    failed_walks_ = walked ? 0 : failed_walks_ + 1;
    // The source counts it as a loss, which makes the model ask for another one.
    return model_.has_pool() && failed_walks_ < kFailedWalks ? Result<void>{} : walked;
}

/// One comparison. Without a stream the walk is the model: it is made between two readings of the counters.
Result<void> Session::compare_once(bool drain_first) {
    if (source_->info().complete_stream) {
        return in_order([&] { return drain_first ? drain(kRefreshBudget) : Result<void>{}; },
                        [&] { return read_counters(); });
    }
    return in_order([&] { return drain(kRefreshBudget); }, [&] { return read_counters(); }, [&] { return walk(); },
                    [&] { return read_counters(); });
}

Result<void> Session::compare() {
    const KernelNs begin = source_->now();
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (attempt > 0 && source_->timeline() == nullptr) {
            pause_before(attempt);
        }
        if (Result<void> r = compare_once(attempt > 0); !r) {
            return r;
        }
        if (failed_walks_ > 0 || model_.agreement() != Agreement::kPossible ||
            source_->now() > begin + kCompareTimeNs) {
            break;
        }
    }
    return {};
}

Result<void> Session::resync() {
    return in_order([&] { return drain(kRefreshBudget); }, [&] { return walk(); },
                    [&] { return drain(kRefreshBudget); }, [&] { return compare(); });
}

Result<void> Session::start() {
    return in_order([&] { return drain(kRefreshBudget); }, [&] { return read_state(); },
                    [&] {
                        model_.tick(source_->now());
                        return resync();
                    },
                    [&] { return read_state(); }); // what was lost while it walked
}

Result<void> Session::restart() {
    model_ = PoolModel(options_for(*source_));
    batch_.clear();
    last_walk_.reset();
    failed_walks_ = 0;
    return start();
}

Result<void> Session::pump() {
    return drain(kPumpBudget);
}

/// A drift may have its reason in a loss that came after the last look; then it is no drift.
Result<void> Session::check_losses() {
    return model_.agreement() == Agreement::kDrift ? read_state() : Result<void>{};
}

Result<void> Session::walk_if_needed() {
    const bool due = !last_walk_ || source_->now() >= *last_walk_ + kWalkIntervalNs;
    return model_.needs_walk() && due ? resync() : Result<void>{};
}

Result<void> Session::refresh() {
    Result<void> r = in_order([&] { return drain(kRefreshBudget); },
                              [&] {
                                  model_.tick(source_->now());
                                  return read_state();
                              },
                              [&] { return compare(); }, [&] { return check_losses(); },
                              [&] { return walk_if_needed(); }, [&] { return check_losses(); });
    forget_unused_stacks();
    forget_idle_caches();
    return r;
}

void Session::forget_unused_stacks() {
    Names& names = source_->names();
    if (names.stack_count() <= stack_limit_) {
        return;
    }
    names.forget_stacks([&](StackId id) { return model_.uses_stack(id); });
    // A large pool may need more than the limit: ask again only when it has grown by as much.
    stack_limit_ = std::max(kStackLimit, names.stack_count() * 2);
}

/// Caches come and go with modules and containers; what they did is kept as that of one cache.
void Session::forget_idle_caches() {
    Names& names = source_->names();
    if (names.cache_count() <= cache_limit_) {
        return;
    }
    names.forget_caches(model_.fold_idle_caches(names.cache(kOtherCaches)));
    cache_limit_ = std::max(kCacheLimit, names.cache_count() * 2);
}

} // namespace kfence
