// SPDX-License-Identifier: Apache-2.0
#include "tools/top/interactive.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/common/cgroup_names.h"
#include "tools/common/moment.h"
#include "tools/common/player.h"
#include "tools/common/pulse.h"
#include "tools/top/picture.h"
#include "tools/top/ui_state.h"
#include "view/format.h"
#include "view/views.h"

namespace kfence {
namespace {

constexpr double kSecondNs = 1e9;
constexpr std::int64_t kMinuteNs = 60'000'000'000; // a time may say no seconds
constexpr std::int64_t kDayNs = 86'400'000'000'000;
constexpr std::size_t kDateBytes = 11; // "2026-11-22T"
/// How soon a terminal that took nothing is asked again.
constexpr std::chrono::milliseconds kStuckRetry{200};

std::optional<double> speed_of(Session& session, const TopOptions& options) {
    return session.source().timeline() == nullptr ? std::nullopt : std::optional(options.speed.value_or(1));
}

Clock::duration seconds(double s) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
}

class Interactive {
public:
    Interactive(Session& session, const TopOptions& options, SignalFd& signals, Terminal& terminal, bool utf8)
        : session_(session), options_(options), signals_(signals), terminal_(terminal), utf8_(utf8),
          pulse_(session, {.signals = signals.fd(), .keyboard = STDIN_FILENO, .source = -1, .reader = STDOUT_FILENO}),
          ui_(options.order, options.interval_s, speed_of(session, options)), cgroups_(session.source()),
          camera_(session), picture_(camera_.take()), drawn_at_(Clock::now()) {
        if (session.source().timeline() != nullptr) {
            player_.emplace(session, [this] { return take_ending_signal(); });
        }
    }

    Result<void> run() {
        draw();
        // The first rates come soon, also under a long interval.
        due_ = drawn_at_ + std::min(seconds(ui_.interval_s()), seconds(1));
        while (!done_) {
            const Result<Ready> ready = pulse_.wait(stuck_ ? std::min(due_, Clock::now() + kStuckRetry) : due_);
            if (!ready) {
                return std::unexpected(ready.error());
            }
            done_ = ready->reader_gone;
            if (ready->signals || !waiting_signals_.empty()) {
                on_signals();
            }
            if (ready->keyboard) {
                if (Result<void> done = on_keys(); !done) {
                    return done;
                }
            }
            if (!done_ && Clock::now() >= due_) {
                if (Result<void> refreshed = refresh(); !refreshed) {
                    return refreshed;
                }
            } else if (stuck_) {
                draw();
            }
        }
        return {};
    }

private:
    /// On a long way through a recording: what is not an end waits for its turn.
    bool take_ending_signal() {
        while (const auto signal = signals_.take()) {
            done_ = done_ || is_ending(*signal);
            waiting_signals_.push_back(*signal);
        }
        return done_;
    }

    std::optional<int> next_signal() {
        if (waiting_signals_.empty()) {
            return signals_.take();
        }
        const int signal = waiting_signals_.front();
        waiting_signals_.erase(waiting_signals_.begin());
        return signal;
    }

    void on_signals() {
        while (const auto signal = next_signal()) {
            switch (*signal) {
            case SIGTSTP:
                terminal_.stop();
                break;
            case SIGCONT:
                terminal_.resume();
                break;
            case SIGWINCH:
                terminal_.resized();
                break;
            default:
                done_ = done_ || is_ending(*signal);
            }
        }
        draw();
    }

    Result<void> on_keys() {
        while (const auto key = terminal_.take_key()) {
            const Outcome outcome = ui_.on_key(*key, extent_of(input(), view()));
            if (Result<void> acted = player_ ? act_on_recording(outcome) : Result<void>{}; !acted) {
                return acted;
            }
            act(outcome);
        }
        draw();
        return {};
    }

    /// What only a recording can do.
    Result<void> act_on_recording(Outcome outcome) {
        const Timeline& timeline = player_->timeline();
        const KernelNs now = timeline.position();
        switch (outcome) {
        case Outcome::kStepForward:
            return go_to(timeline.after(now), "this is the end");
        case Outcome::kStepBack:
            return go_to(timeline.before(now), "this is the beginning");
        case Outcome::kNextReport:
            return go_to(timeline.next_report(now).value_or(now), "no report comes after this");
        case Outcome::kPreviousReport:
            return go_to(timeline.previous_report(now).value_or(now), "no report came before this");
        case Outcome::kGoTo:
            return go_to_wanted_time();
        default:
            return {};
        }
    }

    /// Says `nowhere` when the picture is there already.
    Result<void> go_to(KernelNs time, std::string_view nowhere) {
        if (time == player_->timeline().position()) {
            ui_.say(std::string(nowhere));
            return {};
        }
        if (time < player_->timeline().position()) {
            camera_.forget();
        }
        auto gone = player_->go_to(time);
        due_position_ = static_cast<double>(player_->timeline().position());
        take_picture();
        return gone;
    }

    /// With the objects where they are shown. One that is held has them, whatever is looked at next.
    void take_picture() { picture_ = camera_.take(ui_.paused() || needs_objects(ui_.place().kind)); }

    Result<void> go_to_wanted_time() {
        const Timeline& timeline = player_->timeline();
        const std::int64_t begin = timeline.unix_time(timeline.begin());
        const std::string date = format_time(begin).substr(0, kDateBytes);
        const std::string& typed = ui_.wanted_time();
        // A time of day is the first one after the recording began.
        const bool is_time_of_day = typed.size() > 2 && typed[2] == ':';
        auto moment = parse_moment("time", is_time_of_day ? date + typed : typed);
        if (!moment) {
            ui_.say(moment.error().message);
            return {};
        }
        if (is_time_of_day && moment->ns + kMinuteNs <= begin) {
            moment->ns += kDayNs;
        }
        const std::int64_t unix_ns = resolve_moment(*moment, begin, timeline.unix_time(timeline.end()));
        return go_to(timeline.at(timeline.begin() + static_cast<KernelNs>(unix_ns - begin)), "the picture is there");
    }

    void act(Outcome outcome) {
        switch (outcome) {
        case Outcome::kQuit:
            done_ = true;
            break;
        case Outcome::kRedraw:
            terminal_.forget();
            break;
        case Outcome::kPause:
            take_picture();
            picture_.names = session_.source().names();
            break;
        case Outcome::kGoOn:
            take_picture();
            break;
        case Outcome::kEnter:
            enter();
            break;
        case Outcome::kView:
            show_view();
            break;
        case Outcome::kInterval:
            due_ = drawn_at_ + seconds(ui_.interval_s());
            break;
        default:
            break;
        }
    }

    void enter() {
        if (auto place = deeper_place(input(), view())) {
            ui_.enter(std::move(*place));
            show_view();
        }
    }

    void show_view() {
        if (needs_objects(ui_.place().kind) && !picture_.has_objects) {
            take_picture();
        }
    }

    /// One interval on. A recording stops where it is held, and at its end.
    Result<void> go_on() {
        if (!player_) {
            return session_.refresh();
        }
        if (ui_.paused()) {
            return {};
        }
        const KernelNs now = player_->timeline().position();
        due_position_ = std::max(due_position_, static_cast<double>(now)) + ui_.interval_s() * ui_.speed() * kSecondNs;
        auto gone = player_->go_to(std::max(now, static_cast<KernelNs>(due_position_)));
        if (player_->at_end()) {
            ui_.pause();
            ui_.say("the end of the recording");
        }
        return gone;
    }

    Result<void> refresh() {
        if (Result<void> refreshed = go_on(); !refreshed) {
            return refreshed;
        }
        if (!ui_.paused() || player_) {
            take_picture();
        } else {
            static_cast<void>(camera_.take()); // which notes whether the gate was used
        }
        draw();
        drawn_at_ = Clock::now();
        due_ = std::max(due_ + seconds(ui_.interval_s()), drawn_at_);
        done_ = options_.iterations && ++refreshes_ >= *options_.iterations;
        return {};
    }

    void draw() {
        if (done_) {
            return;
        }
        stuck_ = !terminal_.draw(render_view(input(), view()));
    }

    ViewInput input() {
        ViewInput out = input_of(picture_, session_);
        out.cgroup_path = [this](std::uint64_t id) { return cgroups_.path(id); };
        return out;
    }

    ViewOptions view() {
        const TerminalSize size = terminal_.size();
        return ui_.options(size.width, size.height, utf8_);
    }

    Session& session_;
    const TopOptions& options_;
    SignalFd& signals_;
    Terminal& terminal_;
    bool utf8_;
    Pulse pulse_;
    UiState ui_;
    CgroupNames cgroups_;
    Camera camera_;
    Picture picture_;
    std::optional<Player> player_; ///< of a recording
    double due_position_ = 0;      ///< in it, kernel ns: slow ones go on by less than a moment per refresh
    Clock::time_point drawn_at_;
    Clock::time_point due_;
    std::uint64_t refreshes_ = 0;
    std::vector<int> waiting_signals_;
    bool stuck_ = false; ///< the terminal did not take the last frame
    bool done_ = false;
};

} // namespace

Result<int> run_interactive(Session& session, const TopOptions& options, SignalFd& signals,
                            std::unique_ptr<Terminal> terminal, bool utf8) {
    const Result<void> ended = Interactive(session, options, signals, *terminal, utf8).run();
    terminal.reset();
    // What was lost after the last refresh counts, too; an error no longer matters.
    if (ended && session.source().timeline() == nullptr) {
        [[maybe_unused]] const Result<void> refreshed = session.refresh();
    }
    const int status = conclude(losses_of(session), options.fail_on_loss);
    return ended ? Result<int>(status) : std::unexpected(ended.error());
}

} // namespace kfence
