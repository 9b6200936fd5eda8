// SPDX-License-Identifier: Apache-2.0
#include "tools/top/batch.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tools/common/output.h"
#include "tools/common/player.h"
#include "tools/common/pulse.h"
#include "tools/top/picture.h"
#include "view/json.h"
#include "view/text.h"

namespace kfence {
namespace {

constexpr int kDefaultWidth = 110;
constexpr int kLeastWidth = 40;
constexpr int kMostWidth = 1000;

int text_width() {
    winsize size{};
    int width = kDefaultWidth;
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        width = size.ws_col;
    } else if (const char* columns = std::getenv("COLUMNS")) {
        const std::string_view text(columns);
        std::from_chars(text.data(), text.data() + text.size(), width);
    }
    return std::clamp(width, kLeastWidth, kMostWidth);
}

class Batch {
public:
    Batch(Session& session, const TopOptions& options, SignalFd& signals, bool utf8)
        : session_(session), options_(options), signals_(signals), utf8_(utf8),
          pulse_(session, {.signals = signals.fd(), .keyboard = -1, .source = -1, .reader = STDOUT_FILENO}) {}

    Result<int> run() {
        if (options_.format == Format::kCsv) {
            if (const auto go_on = write(csv_header(options_.table)); !go_on || !*go_on) {
                return finish(go_on);
            }
        }
        const auto interval = wait_time();
        auto due = Clock::now() + std::min<Clock::duration>(interval, std::chrono::seconds(1));
        for (std::uint64_t done = 0; !options_.iterations || done < *options_.iterations; ++done) {
            auto go_on = sleep_until(due);
            if (go_on && *go_on) {
                go_on = refresh();
            }
            if (!go_on || !*go_on) {
                return finish(go_on);
            }
            // A refresh that came late does not make the next ones hurry.
            due = std::max(due + interval, Clock::now());
        }
        return finish(true);
    }

private:
    /// Between two refreshes. A recording needs none unless a speed was asked for.
    [[nodiscard]] Clock::duration wait_time() const {
        const bool live = session_.source().timeline() == nullptr;
        const double seconds = live ? options_.interval_s : options_.speed ? options_.interval_s / *options_.speed : 0;
        return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    }

    /// One interval on. A recording of which one picture is wanted goes to its end.
    Result<void> go_on() {
        Timeline* timeline = session_.source().timeline();
        if (timeline == nullptr) {
            return session_.refresh();
        }
        Player player(session_, [this] { return stopped_ = stopped_ || ends(); });
        if (options_.iterations == 1) {
            return player.go_to(timeline->end());
        }
        // Moments are a little more than a second apart: what one refresh comes too early, the next one makes good.
        const KernelNs now = timeline->position();
        due_position_ = std::max(due_position_, now) + static_cast<KernelNs>(options_.interval_s * 1e9);
        return player.play_to(std::max(timeline->after(now), due_position_));
    }

    /// False when it is time to end. It looks for a reason to also when `due` has passed: refreshes that take longer
    /// than the interval leave no other moment for that.
    Result<bool> sleep_until(Clock::time_point due) {
        do {
            const Result<Ready> ready = pulse_.wait(due);
            if (!ready) {
                return std::unexpected(ready.error());
            }
            if (ready->reader_gone || ends()) {
                return false;
            }
        } while (Clock::now() < due);
        return true;
    }

    bool ends() {
        bool ends = false;
        while (const auto signal = signals_.take()) {
            ends = ends || is_ending(*signal);
        }
        return ends;
    }

    Result<bool> refresh() {
        if (const Result<void> refreshed = go_on(); !refreshed) {
            return std::unexpected(refreshed.error());
        }
        if (stopped_) {
            return false;
        }
        const Picture picture = camera_.take();
        const auto go_on = write(render(input_of(picture, session_)));
        return go_on && *go_on ? Result<bool>(!session_.source().finished()) : go_on;
    }

    [[nodiscard]] std::string render(const ViewInput& input) const {
        switch (options_.format) {
        case Format::kJson:
            return render_json(input, options_.order) + '\n';
        case Format::kCsv:
            return csv_rows(options_.table, input, options_.order);
        case Format::kText:
            break;
        }
        TextOptions text;
        text.width = text_width();
        text.utf8 = utf8_;
        text.caches = options_.order;
        return render_text(input, text);
    }

    /// False when nobody reads it any more, or when a signal wants the end.
    Result<bool> write(std::string_view text) {
        const auto written = write_all(STDOUT_FILENO, text, signals_.fd());
        if (!written) {
            return std::unexpected(written.error());
        }
        return *written == Written::kAll;
    }

    Result<int> finish(const Result<bool>& how) {
        // What was lost after the last refresh counts, too; an error no longer matters.
        if (how && session_.source().timeline() == nullptr) {
            [[maybe_unused]] const Result<void> refreshed = session_.refresh();
        }
        const int status = conclude(losses_of(session_), options_.fail_on_loss);
        return how ? Result<int>(status) : std::unexpected(how.error());
    }

    Session& session_;
    const TopOptions& options_;
    SignalFd& signals_;
    bool utf8_;
    Pulse pulse_;
    Camera camera_{session_};
    KernelNs due_position_ = 0; ///< in a recording
    bool stopped_ = false;      ///< by a signal, on the way to it
};

} // namespace

Result<int> run_batch(Session& session, const TopOptions& options, SignalFd& signals, bool utf8) {
    return Batch(session, options, signals, utf8).run();
}

} // namespace kfence
