// SPDX-License-Identifier: Apache-2.0
// What the user has done to the screen: a state machine over keys, without a terminal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tools/top/keys.h"
#include "view/view_input.h"

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
    kGoTo, ///< to wanted_time()
    kQuit,
};

class UiState {
public:
    /// `speed`: of a recording, in its seconds per second; nullopt for a live source.
    UiState(CacheOrder order, double interval_s, std::optional<double> speed = std::nullopt);

    /// `caches`: how many there are under the filter; `page`: rows of the table.
    Outcome on_key(KeyCode key, std::size_t caches, std::size_t page);

    /// The options of a view of this size.
    [[nodiscard]] ViewOptions options(int width, int height, bool utf8) const;

    [[nodiscard]] const CacheOrder& order() const noexcept { return order_; }
    [[nodiscard]] double interval_s() const noexcept { return interval_s_; }
    [[nodiscard]] bool paused() const noexcept { return paused_; }
    void pause() noexcept { paused_ = true; }
    [[nodiscard]] double speed() const noexcept { return speed_.value_or(1); }
    /// As it was typed.
    [[nodiscard]] const std::string& wanted_time() const noexcept { return time_; }

    /// A sentence for the last line, until the next key.
    void say(std::string message) { message_ = std::move(message); }

private:
    Outcome on_action(Action action, std::size_t caches, std::size_t page);
    Outcome on_recording_action(Action action);
    Outcome on_filter_key(KeyCode key);
    Outcome on_time_key(KeyCode key);
    Outcome set_filter(std::string text);
    Outcome change_interval(bool longer);
    Outcome scroll(Action action, std::size_t caches, std::size_t page);

    CacheOrder order_;
    double interval_s_;
    std::optional<double> speed_;
    std::vector<KeyHelp> keys_;
    std::string time_; ///< being typed, or typed last
    std::size_t scroll_ = 0;
    bool editing_filter_ = false;
    bool editing_time_ = false;
    bool paused_ = false;
    bool help_ = false;
    std::string message_;
};

} // namespace kfence
