// SPDX-License-Identifier: Apache-2.0
#include "tools/top/ui_state.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "tools/top/options.h"

namespace kfence {
namespace {

constexpr std::array kIntervals = {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0};
constexpr KeyCode kCtrlU = 21;
constexpr std::size_t kMostTimeBytes = 40;
constexpr KeyCode kCarriageReturn = '\r';

bool is_text(KeyCode key) {
    const bool is_ascii = key >= 0x20 && key < 0x7F;
    return is_ascii || (key >= 0xA0 && key < kKeyUp);
}

void append_utf8(std::string& text, KeyCode c) {
    const auto add = [&](KeyCode byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (c < 0x80) {
        add(c);
        return;
    }
    if (c < 0x800) {
        add(0xC0U | (c >> 6U));
    } else {
        if (c < 0x10000) {
            add(0xE0U | (c >> 12U));
        } else {
            add(0xF0U | (c >> 18U));
            add(0x80U | ((c >> 12U) & 0x3FU));
        }
        add(0x80U | ((c >> 6U) & 0x3FU));
    }
    add(0x80U | (c & 0x3FU));
}

void drop_last(std::string& text) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
        text.pop_back();
    }
    if (!text.empty()) {
        text.pop_back();
    }
}

} // namespace

UiState::UiState(CacheOrder order, double interval_s, std::optional<double> speed)
    : order_(std::move(order)), interval_s_(interval_s), speed_(speed), keys_(key_help(speed.has_value())) {}

Outcome UiState::on_key(KeyCode key, std::size_t caches, std::size_t page) {
    message_.clear();
    if (editing_filter_ || editing_time_) {
        return editing_time_ ? on_time_key(key) : on_filter_key(key);
    }
    const Action action = action_for(key);
    if (help_) {
        help_ = false;
        return action == Action::kQuit ? Outcome::kQuit : Outcome::kDraw;
    }
    return on_action(action, caches, page);
}

Outcome UiState::on_action(Action action, std::size_t caches, std::size_t page) {
    switch (action) {
    case Action::kNone:
        return Outcome::kNothing;
    case Action::kQuit:
        return Outcome::kQuit;
    case Action::kHelp:
        help_ = true;
        return Outcome::kDraw;
    case Action::kPause:
        paused_ = !paused_;
        return paused_ ? Outcome::kPause : Outcome::kGoOn;
    case Action::kFilter:
        editing_filter_ = true;
        return Outcome::kDraw;
    case Action::kClear:
        return set_filter({});
    case Action::kSort:
        order_.sort = next(order_.sort);
        return Outcome::kDraw;
    case Action::kReverse:
        order_.reverse = !order_.reverse;
        return Outcome::kDraw;
    case Action::kLonger:
    case Action::kShorter:
        return change_interval(action == Action::kLonger);
    case Action::kRedraw:
        return Outcome::kRedraw;
    default:
        return needs_recording(action) ? on_recording_action(action) : scroll(action, caches, page);
    }
}

Outcome UiState::on_recording_action(Action action) {
    if (!speed_) {
        say("only a recording goes there: kfence-top --source replay:FILE");
        return Outcome::kDraw;
    }
    switch (action) {
    case Action::kFaster:
    case Action::kSlower:
        speed_ = std::clamp(action == Action::kFaster ? *speed_ * 2 : *speed_ / 2, kMinSpeed, kMaxSpeed);
        return Outcome::kDraw;
    case Action::kGoTo:
        editing_time_ = true;
        time_.clear();
        return Outcome::kDraw;
    default:
        break;
    }
    paused_ = true;
    return action == Action::kStepForward  ? Outcome::kStepForward
           : action == Action::kStepBack   ? Outcome::kStepBack
           : action == Action::kNextReport ? Outcome::kNextReport
                                           : Outcome::kPreviousReport;
}

Outcome UiState::on_time_key(KeyCode key) {
    if (key == kKeyEnter || key == kCarriageReturn) {
        editing_time_ = false;
        paused_ = true;
        return time_.empty() ? Outcome::kDraw : Outcome::kGoTo;
    }
    if (key == kKeyEscape) {
        editing_time_ = false;
    } else if (key == kKeyBackspace) {
        drop_last(time_);
    } else if (key == kCtrlU) {
        time_.clear();
    } else if (is_text(key) && time_.size() < kMostTimeBytes) {
        append_utf8(time_, key);
    }
    return Outcome::kDraw;
}

Outcome UiState::on_filter_key(KeyCode key) {
    std::string text = order_.filter.text();
    if (key == kKeyEnter || key == kCarriageReturn) {
        editing_filter_ = false;
        return Outcome::kDraw;
    }
    if (key == kKeyEscape) {
        editing_filter_ = false;
        return set_filter({});
    }
    if (key == kKeyBackspace) {
        drop_last(text);
    } else if (key == kCtrlU) {
        text.clear();
    } else if (is_text(key)) {
        append_utf8(text, key);
    }
    if (text == order_.filter.text() || text.size() > kMaxFilter) {
        return Outcome::kNothing;
    }
    return set_filter(std::move(text));
}

Outcome UiState::set_filter(std::string text) {
    order_.filter = Filter(std::move(text));
    scroll_ = 0;
    return Outcome::kDraw;
}

Outcome UiState::change_interval(bool longer) {
    if (longer) {
        const auto* const next = std::ranges::upper_bound(kIntervals, interval_s_);
        interval_s_ = next == kIntervals.end() ? interval_s_ : *next;
    } else {
        const auto* const here = std::ranges::lower_bound(kIntervals, interval_s_);
        interval_s_ = here == kIntervals.begin() ? interval_s_ : *(here - 1);
    }
    say(fmt::format("every {:g} s", interval_s_));
    return Outcome::kInterval;
}

Outcome UiState::scroll(Action action, std::size_t caches, std::size_t page) {
    const std::size_t last = caches > page ? caches - page : 0;
    std::size_t step = action == Action::kUp || action == Action::kDown ? 1 : page;
    if (action == Action::kHome || action == Action::kEnd) {
        step = caches;
    }
    const bool up = action == Action::kUp || action == Action::kPageUp || action == Action::kHome;
    scroll_ = std::min(scroll_, last);
    scroll_ = up ? scroll_ - std::min(scroll_, step) : std::min(last, scroll_ + step);
    return Outcome::kDraw;
}

ViewOptions UiState::options(int width, int height, bool utf8) const {
    ViewOptions out;
    out.width = width;
    out.height = height;
    out.utf8 = utf8;
    out.caches = order_;
    out.scroll = scroll_;
    out.editing_filter = editing_filter_;
    out.prompt = editing_time_ ? "time: " + time_ + "_" : std::string();
    out.speed = speed_;
    out.paused = paused_;
    out.help = help_;
    out.message = message_;
    out.keys = keys_;
    return out;
}

} // namespace kfence
