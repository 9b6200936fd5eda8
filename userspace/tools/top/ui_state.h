// SPDX-License-Identifier: Apache-2.0
// What the user has done to the screen: a state machine over keys, without a terminal.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tools/top/keys.h"
#include "view/view_input.h"
#include "view/views.h"

namespace kfence {

/// What the loop has to do after a key.
enum class Outcome {
    kNothing,
    kDraw,     ///< the picture looks different
    kRedraw,   ///< draw it from scratch
    kPause,    ///< hold this picture
    kGoOn,     ///< let it go on
    kInterval, ///< the interval has changed
    kStepForward,
    kStepBack,
    kNextReport,
    kPreviousReport,
    kGoTo,  ///< to wanted_time()
    kEnter, ///< go to what the chosen row leads to
    kView,  ///< another view is shown
    kQuit,
};

class UiState {
public:
    /// `speed`: of a recording, in its seconds per second; nullopt for a live source.
    UiState(const CacheOrder& order, double interval_s, std::optional<double> speed = std::nullopt);

    /// `extent`: of what is shown.
    Outcome on_key(KeyCode key, const Extent& extent);

    /// Goes deeper; Esc comes back.
    void enter(Place place);

    /// The options of a view of this size.
    [[nodiscard]] ViewOptions options(int width, int height, bool utf8) const;

    [[nodiscard]] const Place& place() const noexcept { return trail_.empty() ? roots_[root_] : trail_.back(); }
    [[nodiscard]] double interval_s() const noexcept { return interval_s_; }
    [[nodiscard]] bool paused() const noexcept { return paused_; }
    void pause() noexcept { paused_ = true; }
    [[nodiscard]] double speed() const noexcept { return speed_.value_or(1); }
    /// As it was typed.
    [[nodiscard]] const std::string& wanted_time() const noexcept { return time_; }

    /// A sentence for the last line, until the next key.
    void say(std::string message) { message_ = std::move(message); }

private:
    Outcome on_action(Action action, const Extent& extent);
    Outcome on_view_action(Action action);
    Outcome on_recording_action(Action action);
    Outcome on_filter_key(KeyCode key);
    Outcome on_time_key(KeyCode key);
    Outcome set_filter(std::string text);
    Outcome change_interval(bool longer);
    Outcome show(std::size_t root);
    Outcome back();
    Outcome sort(bool forward);
    Outcome scroll(Action action, const Extent& extent);
    [[nodiscard]] Place& here() noexcept { return trail_.empty() ? roots_[root_] : trail_.back(); }

    std::array<Place, kRootViews> roots_; ///< as they were left
    std::size_t root_ = 0;
    std::vector<Place> trail_; ///< what was entered from there, one after another
    double interval_s_;
    std::optional<double> speed_;
    std::vector<KeyHelp> keys_;
    std::string time_; ///< being typed, or typed last
    bool allocator_frames_ = false;
    bool editing_filter_ = false;
    bool editing_time_ = false;
    bool paused_ = false;
    bool help_ = false;
    std::string message_;
};

} // namespace kfence
