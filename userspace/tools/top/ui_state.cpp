// SPDX-License-Identifier: Apache-2.0
#include "tools/top/ui_state.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "tools/top/options.h"
#include "view/lists.h"
#include "view/table.h"

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

UiState::UiState(const CacheOrder& order, double interval_s, std::optional<double> speed)
    : interval_s_(interval_s), speed_(speed), keys_(key_help(speed.has_value())) {
    for (std::size_t i = 0; i < kRootViews; ++i) {
        roots_[i].kind = static_cast<ViewKind>(i);
    }
    for (const ViewKind kind : {ViewKind::kOverview, ViewKind::kCaches}) {
        Place& place = roots_[static_cast<std::size_t>(kind)];
        place.sort = order.sort;
        place.reverse = order.reverse;
        place.filter = order.filter;
    }
}

void UiState::enter(Place place) {
    trail_.push_back(std::move(place));
}

Outcome UiState::on_key(KeyCode key, const Extent& extent) {
    message_.clear();
    if (editing_filter_ || editing_time_) {
        return editing_time_ ? on_time_key(key) : on_filter_key(key);
    }
    const Action action = action_for(key);
    if (help_) {
        help_ = false;
        return action == Action::kQuit ? Outcome::kQuit : Outcome::kDraw;
    }
    return on_action(action, extent);
}

Outcome UiState::on_action(Action action, const Extent& extent) {
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
    case Action::kLonger:
    case Action::kShorter:
        return change_interval(action == Action::kLonger);
    case Action::kRedraw:
        return Outcome::kRedraw;
    default:
        break;
    }
    if (needs_recording(action)) {
        return on_recording_action(action);
    }
    return changes_view(action) ? on_view_action(action) : scroll(action, extent);
}

Outcome UiState::on_view_action(Action action) {
    switch (action) {
    case Action::kBack:
        return back();
    case Action::kEnter:
        return Outcome::kEnter;
    case Action::kSort:
    case Action::kSortBack:
        return sort(action == Action::kSort);
    case Action::kReverse:
        here().reverse = !here().reverse;
        return Outcome::kDraw;
    case Action::kFrames:
        allocator_frames_ = !allocator_frames_;
        say(allocator_frames_ ? "with the frames of the allocator" : "without the frames of the allocator");
        return Outcome::kDraw;
    default:
        return show(static_cast<std::size_t>(action) - static_cast<std::size_t>(Action::kOverview));
    }
}

Outcome UiState::show(std::size_t root) {
    root_ = root;
    trail_.clear();
    return Outcome::kView;
}

/// First a filter goes, then what was entered, then the view.
Outcome UiState::back() {
    if (!here().filter.empty()) {
        return set_filter({});
    }
    if (trail_.empty()) {
        return root_ == 0 ? Outcome::kNothing : show(0);
    }
    trail_.pop_back();
    return Outcome::kView;
}

Outcome UiState::sort(bool forward) {
    Place& place = here();
    if (place.kind == ViewKind::kOverview || place.kind == ViewKind::kCaches) {
        place.sort = next_column(place.sort, place.kind, forward);
        return Outcome::kDraw;
    }
    const std::size_t columns = sort_columns(place.kind);
    if (columns == 0) {
        return Outcome::kNothing;
    }
    place.column = (place.column + (forward ? 1 : columns - 1)) % columns;
    return Outcome::kDraw;
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
    std::string text = here().filter.text();
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
    if (text == here().filter.text() || text.size() > kMaxFilter) {
        return Outcome::kNothing;
    }
    return set_filter(std::move(text));
}

Outcome UiState::set_filter(std::string text) {
    here().filter = Filter(std::move(text));
    here().scroll = 0;
    here().cursor = 0;
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

Outcome UiState::scroll(Action action, const Extent& extent) {
    const bool by_line = action == Action::kUp || action == Action::kDown;
    const bool to_end = action == Action::kHome || action == Action::kEnd;
    const std::size_t step = by_line ? 1 : (to_end ? extent.rows : extent.page);
    const bool up = action == Action::kUp || action == Action::kPageUp || action == Action::kHome;
    const auto moved = [&](std::size_t from, std::size_t last) {
        from = std::min(from, last);
        return up ? from - std::min(from, step) : std::min(last, from + step);
    };
    Place& place = here();
    if (extent.cursor) {
        place.cursor = moved(place.cursor, extent.rows > 0 ? extent.rows - 1 : 0);
        place.scroll = visible_rows(extent.rows, extent.page, place.cursor, place.scroll).first;
    } else {
        place.scroll = moved(place.scroll, extent.rows > extent.page ? extent.rows - extent.page : 0);
    }
    return Outcome::kDraw;
}

ViewOptions UiState::options(int width, int height, bool utf8) const {
    ViewOptions out;
    out.width = width;
    out.height = height;
    out.utf8 = utf8;
    out.place = place();
    out.allocator_frames = allocator_frames_;
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
