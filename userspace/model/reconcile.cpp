// SPDX-License-Identifier: Apache-2.0
#include "model/reconcile.h"

#include <algorithm>

namespace kfence {
namespace {

/// Windows are at least this long, so that what was under way in one is done in the next.
constexpr std::uint64_t kMinWindowNs = 100'000'000;
/// With more than this under way no reading proves anything.
constexpr std::uint64_t kFlood = 1000;
/// Attempts of one refresh after which a difference counts as seen in it.
constexpr std::uint64_t kAttempts = 4;

std::int64_t difference(std::uint64_t model, std::uint64_t kernel) noexcept {
    return static_cast<std::int64_t>(model) - static_cast<std::int64_t>(kernel);
}

std::uint64_t flow_of(const ModelFigures& model) noexcept {
    return model.allocs + model.frees;
}

} // namespace

void Reconciler::tick(KernelNs now, const ModelFigures& model) noexcept {
    now_ = now;
    drifted_now_ = false;
    drift_.settled = false;
    if (now < window_start_ + kMinWindowNs) {
        return;
    }
    const std::uint64_t flow = flow_of(model) - window_flow_;
    const double length = static_cast<double>(now - window_start_);
    usual_under_way_ =
        static_cast<std::uint64_t>(static_cast<double>(flow) * static_cast<double>(kMinWindowNs) / length);
    end_window();
    window_start_ = now;
    window_flow_ = flow_of(model);
}

void Reconciler::end_window() noexcept {
    if (readings_ > 0) {
        for (std::size_t i = 0; i < kFigures; ++i) {
            odd_[i] = matched_[i] ? 0 : odd_[i] + (usual_under_way_ <= kFlood ? 1U : 0U);
        }
        calm_ = moved_ ? 0 : calm_ + 1;
        if (baseline_ == Baseline::kProvisional && usual_under_way_ <= kFlood && calm_ > 2 + usual_under_way_) {
            baseline_ = Baseline::kFirm;
            aftermath_ = false;
            firm_since_ = last_ ? last_->time : now_;
        }
    }
    readings_ = 0;
    matched_.fill(false);
    moved_ = false;
    first_flow_.reset();
}

void Reconciler::loosen() noexcept {
    if (baseline_ == Baseline::kFirm) {
        baseline_ = Baseline::kProvisional;
    }
    firm_since_ = 0;
    calm_ = 0;
}

void Reconciler::reset_evidence() noexcept {
    last_.reset();
    readings_ = 0;
    matched_.fill(false);
    odd_.fill(0);
    first_flow_.reset();
}

void Reconciler::walked() noexcept {
    walked_since_last_ = true;
    // Without a stream every comparison has its own walk, and a difference that stays is still one.
    if (baseline_ == Baseline::kNone || (wants_walk_ && complete_stream_)) {
        loosen();
        baseline_ = Baseline::kPending;
        reset_evidence();
    }
    wants_walk_ = false;
}

void Reconciler::lost() noexcept {
    loosen();
    baseline_ = Baseline::kNone;
    aftermath_ = !exact_readings_;
    reset_evidence();
    agreement_ = Agreement::kUnknown;
    wants_walk_ = false; // the model asks for the walk, because of the loss
    if (drifted_now_) {
        --drift_events_; // the loss is what it was
        drifted_now_ = false;
    }
    drift_ = Drift{};
}

void Reconciler::start_baseline(const CountersEvent& kernel, const ModelFigures& model) noexcept {
    base_allocs_ = difference(kernel.allocs, model.allocs);
    base_frees_ = difference(kernel.frees, model.frees);
    base_frees_open_ = true;
    calm_ = 0;
    moved_ = false;
    baseline_ = Baseline::kProvisional;
}

Reconciler::Differences Reconciler::differences(const CountersEvent& kernel, const ModelFigures& model) const noexcept {
    Differences d{};
    d[kAllocated] = difference(std::uint64_t{model.occupied} + hidden_zombies_, kernel.allocated);
    d[kAllocs] = base_allocs_ + difference(model.allocs, kernel.allocs);
    d[kFrees] = base_frees_ + difference(model.frees, kernel.frees);
    d[kZombies] = difference(std::uint64_t{model.zombies} + hidden_zombies_, kernel.zombies);
    return d;
}

void Reconciler::compare(const CountersEvent& kernel, const ModelFigures& model, bool drained) noexcept {
    if (baseline_ == Baseline::kNone) {
        agreement_ = Agreement::kUnknown;
        return;
    }
    if (exact_readings_ && !drained) { // says nothing
        agreement_ = Agreement::kUnknown;
        if (baseline_ != Baseline::kPending) {
            show({}, false);
        }
        return;
    }
    if (complete_stream_) {
        compare_stream(kernel, model, drained);
    } else {
        compare_walk(kernel, model);
    }
    walked_since_last_ = false;
    last_ = kernel;
}

/// What holds at every moment, however much is under way: the kernel counted each allocation before its event,
/// and each free after its event. False: broken. While the baseline is provisional it gives way instead.
bool Reconciler::check_bounds(const CountersEvent& kernel, const ModelFigures& model, bool drained) noexcept {
    const std::int64_t allocs_over = base_allocs_ + difference(model.allocs, kernel.allocs);
    std::int64_t frees_short = 0; // of what had been freed at the reading before
    if (last_ && drained) {
        frees_short = difference(last_->frees, model.frees) - base_frees_;
    }
    if (allocs_over <= 0 && frees_short <= 0) {
        return true;
    }
    if (baseline_ == Baseline::kProvisional) {
        base_allocs_ -= std::max<std::int64_t>(allocs_over, 0);
        base_frees_ += std::max<std::int64_t>(frees_short, 0);
        moved_ = true;
        return true;
    }
    Differences d{};
    d[kAllocs] = std::max<std::int64_t>(allocs_over, 0);
    d[kFrees] = -std::max<std::int64_t>(frees_short, 0);
    found_drift(d);
    return false;
}

void Reconciler::compare_stream(const CountersEvent& kernel, const ModelFigures& model, bool drained) noexcept {
    if (baseline_ == Baseline::kPending) {
        agreement_ = drained ? Agreement::kPossible : Agreement::kUnknown;
        if (drained) {
            start_baseline(kernel, model);
            show({}, false);
        }
        return;
    }
    if (base_frees_open_ && drained) {
        // Frees that were counted just before the first reading may have been delivered just after it.
        base_frees_ = difference(last_->frees, model.frees);
        base_frees_open_ = false;
    }
    // Where a walk is to find zombies, those that are missing ask for one.
    if (baseline_ == Baseline::kProvisional && sees_zombies_) {
        hidden_zombies_ =
            static_cast<std::uint32_t>(std::max<std::int64_t>(difference(kernel.zombies, model.zombies), 0));
    }
    if (!exact_readings_ && !check_bounds(kernel, model, drained)) {
        return;
    }
    if (!drained) {
        agreement_ = Agreement::kPossible;
        show({}, false);
        return;
    }
    const std::uint64_t flow = flow_of(model);
    const std::uint64_t since_first = flow - first_flow_.value_or(flow);
    first_flow_ = first_flow_.value_or(flow);
    judge(differences(kernel, model), kFigures, std::max(usual_under_way_, since_first));
}

/// Without a stream the walk is the model, and what the kernel did between two readings is what was under way.
void Reconciler::compare_walk(const CountersEvent& kernel, const ModelFigures& model) noexcept {
    baseline_ = Baseline::kProvisional;
    hidden_zombies_ = static_cast<std::uint32_t>(std::max<std::int64_t>(difference(kernel.zombies, model.zombies), 0));
    if (!walked_since_last_) {
        agreement_ = Agreement::kUnknown;
        return;
    }
    Differences d{};
    d[kAllocated] = difference(std::uint64_t{model.occupied} + hidden_zombies_, kernel.allocated);
    std::uint64_t under_way = 0;
    if (last_) {
        under_way = static_cast<std::uint64_t>(std::max<std::int64_t>(difference(kernel.allocs, last_->allocs), 0) +
                                               std::max<std::int64_t>(difference(kernel.frees, last_->frees), 0));
    }
    judge(d, 1, under_way);
}

/// A difference that k events may explain is believed for k + 1 windows: errors stay, what is under way passes.
bool Reconciler::explained(std::size_t figure, std::uint64_t under_way) const noexcept {
    if (exact_readings_) {
        return false;
    }
    if (under_way > kFlood || odd_[figure] == 0) {
        return true;
    }
    const std::uint64_t windows = odd_[figure] + (readings_ >= kAttempts ? 1U : 0U);
    return windows < 2 || windows <= under_way || (readings_ < kAttempts && odd_[figure] < 3);
}

void Reconciler::judge(const Differences& differences, std::size_t figures, std::uint64_t under_way) noexcept {
    ++readings_;
    bool equal = true;
    bool drift = false;
    for (std::size_t i = 0; i < figures; ++i) {
        matched_[i] = matched_[i] || differences[i] == 0;
        equal = equal && differences[i] == 0;
        drift = drift || (!matched_[i] && !explained(i, under_way));
    }
    if (drift) {
        found_drift(differences);
        return;
    }
    agreement_ = equal ? Agreement::kEqual : Agreement::kPossible;
    show({}, equal);
}

void Reconciler::found_drift(const Differences& differences) noexcept {
    wants_walk_ = true;
    if (aftermath_) {
        // The event was lost, or came before the tool attached, and its free took effect after the walk: no new
        // error, and one more walk mends it.
        aftermath_ = false;
        baseline_ = Baseline::kNone;
        agreement_ = Agreement::kUnknown;
        drift_ = Drift{};
        return;
    }
    agreement_ = Agreement::kDrift;
    if (!drifted_now_) {
        ++drift_events_;
    }
    drifted_now_ = false; // let this one be shown
    show(differences, false);
    drifted_now_ = true;
}

/// What a snapshot of this refresh says. A drift stays visible until the next one.
void Reconciler::show(const Differences& differences, bool settled) noexcept {
    if (drifted_now_) {
        return;
    }
    drift_.allocated = differences[kAllocated];
    if (complete_stream_) {
        drift_.allocs = differences[kAllocs];
        drift_.frees = differences[kFrees];
    }
    drift_.settled = drift_.settled || settled;
}

} // namespace kfence
