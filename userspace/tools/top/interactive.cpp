// SPDX-License-Identifier: Apache-2.0
#include "tools/top/interactive.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "tools/common/pulse.h"
#include "tools/top/picture.h"
#include "tools/top/ui_state.h"
#include "view/overview.h"

namespace kfence {
namespace {

/// How soon a terminal that took nothing is asked again.
constexpr std::chrono::milliseconds kStuckRetry{200};

Clock::duration seconds(double s) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
}

class Interactive {
public:
    Interactive(Session& session, const TopOptions& options, SignalFd& signals, Terminal& terminal, bool utf8)
        : session_(session), options_(options), signals_(signals), terminal_(terminal), utf8_(utf8),
          pulse_(session, {.signals = signals.fd(), .keyboard = STDIN_FILENO, .source = -1, .reader = STDOUT_FILENO}),
          ui_(options.order, options.interval_s), camera_(session), picture_(camera_.take()), drawn_at_(Clock::now()) {}

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
            if (ready->signals) {
                on_signals();
            }
            if (ready->keyboard) {
                on_keys();
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
    void on_signals() {
        while (const auto signal = signals_.take()) {
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

    void on_keys() {
        while (const auto key = terminal_.take_key()) {
            const TerminalSize size = terminal_.size();
            const auto caches = select_caches(picture_.snapshot, names(), ui_.order().filter, SortKey::kLive, false);
            act(ui_.on_key(*key, caches.size(), cache_rows(size.width, size.height)));
        }
        draw();
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
            picture_.names = session_.source().names();
            break;
        case Outcome::kGoOn:
            picture_ = camera_.take();
            break;
        case Outcome::kInterval:
            due_ = drawn_at_ + seconds(ui_.interval_s());
            break;
        case Outcome::kNothing:
        case Outcome::kDraw:
            break;
        }
    }

    Result<void> refresh() {
        if (Result<void> refreshed = session_.refresh(); !refreshed) {
            return refreshed;
        }
        Picture picture = camera_.take();
        if (!ui_.paused()) {
            picture_ = std::move(picture);
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
        const TerminalSize size = terminal_.size();
        const ViewOptions view = ui_.options(size.width, size.height, utf8_);
        stuck_ = !terminal_.draw(render_overview(input_of(picture_, session_), view));
    }

    const Names& names() { return picture_.names ? *picture_.names : session_.source().names(); }

    Session& session_;
    const TopOptions& options_;
    SignalFd& signals_;
    Terminal& terminal_;
    bool utf8_;
    Pulse pulse_;
    UiState ui_;
    Camera camera_;
    Picture picture_;
    Clock::time_point drawn_at_;
    Clock::time_point due_;
    std::uint64_t refreshes_ = 0;
    bool stuck_ = false; ///< the terminal did not take the last frame
    bool done_ = false;
};

} // namespace

Result<int> run_interactive(Session& session, const TopOptions& options, SignalFd& signals,
                            std::unique_ptr<Terminal> terminal, bool utf8) {
    const Result<void> ended = Interactive(session, options, signals, *terminal, utf8).run();
    terminal.reset();
    // What was lost after the last refresh counts, too; an error no longer matters.
    if (ended) {
        [[maybe_unused]] const Result<void> refreshed = session.refresh();
    }
    const int status = conclude(losses_of(session), options.fail_on_loss);
    return ended ? Result<int>(status) : std::unexpected(ended.error());
}

} // namespace kfence
