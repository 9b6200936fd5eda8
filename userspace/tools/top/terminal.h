// SPDX-License-Identifier: Apache-2.0
// The terminal that stdin and stdout are: shows a Screen, gives keys, and is as it was before when it is
// destroyed, suspended, or when the process dies of a signal. One per process.
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "tools/top/keys.h"
#include "view/screen.h"

namespace kfence {

struct TerminalSize {
    int width = 0;
    int height = 0;
};

class Terminal {
public:
    /// Says why the terminal named by TERM cannot show a screen. Errors are kUsage.
    [[nodiscard]] static Result<void> check();

    /// Takes the terminal. setlocale() must have been called.
    [[nodiscard]] static Result<std::unique_ptr<Terminal>> open(bool color);

    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    [[nodiscard]] TerminalSize size() const noexcept;
    /// Sends what has changed since the screen before. False when the terminal takes nothing now; then nothing was
    /// sent.
    [[nodiscard]] bool draw(const Screen& screen);
    /// The next draw() sends everything.
    void forget();
    /// The next key that was pressed, if any.
    [[nodiscard]] std::optional<KeyCode> take_key();

    /// The terminal has another size.
    void resized();
    /// Stops the process as its terminal's user asked for (SIGTSTP must be blocked), and returns when it goes on.
    void stop();
    /// The process was stopped and goes on: takes the terminal again.
    void resume();

private:
    struct Handle;
    explicit Terminal(std::unique_ptr<Handle> handle);
    void draw_row(const Screen& screen, int y);

    std::unique_ptr<Handle> handle_;
    std::optional<Screen> shown_;
};

/// True when the locale's characters are UTF-8.
[[nodiscard]] bool locale_is_utf8() noexcept;

} // namespace kfence
