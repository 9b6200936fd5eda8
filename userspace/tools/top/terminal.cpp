// SPDX-License-Identifier: Apache-2.0
#include "tools/top/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <string>

#include <fmt/format.h>

#include <curses.h>
#include <term.h>

#include "base/text.h"
#include "tools/top/fatal_restore.h"
#include "tools/top/stuck_terminal.h"

// curses.h defines macros of common names.
#undef clear
#undef erase
#undef refresh
#undef move

namespace kfence {
namespace {

constexpr int kEscapeDelayMs = 25;

struct Look {
    attr_t attributes;
    short color; ///< of the foreground; -1: the terminal's own
};
constexpr std::array<Look, kStyleCount> kLooks = {{
    {A_NORMAL, -1},                         // kNormal
    {A_DIM, -1},                            // kDim
    {A_BOLD, -1},                           // kTitle
    {A_REVERSE, -1},                        // kHeader
    {A_REVERSE | A_BOLD | A_UNDERLINE, -1}, // kSorted
    {A_NORMAL, COLOR_GREEN},                // kGood
    {A_BOLD, COLOR_YELLOW},                 // kWarn
    {A_REVERSE | A_BOLD, COLOR_RED},        // kAlert
    {A_REVERSE, -1},                        // kNotice
    {A_BOLD, -1},                           // kKey
    {A_REVERSE, COLOR_CYAN},                // kCursor
}};

/// A string capability without its padding ("$<5>"); empty when the terminal has none.
std::string capability(const char* name) {
    const char* found = tigetstr(name);
    if (found == nullptr || reinterpret_cast<std::intptr_t>(found) == -1) {
        return {};
    }
    std::string text(found);
    for (auto at = text.find("$<"); at != std::string::npos; at = text.find("$<", at)) {
        const auto end = text.find('>', at);
        text.erase(at, end == std::string::npos ? end : end - at + 1);
    }
    return text;
}

KeyCode special_key(wint_t key) {
    switch (key) {
    case KEY_UP:
        return kKeyUp;
    case KEY_DOWN:
        return kKeyDown;
    case KEY_LEFT:
        return kKeyLeft;
    case KEY_RIGHT:
        return kKeyRight;
    case KEY_PPAGE:
        return kKeyPageUp;
    case KEY_NPAGE:
        return kKeyPageDown;
    case KEY_HOME:
        return kKeyHome;
    case KEY_END:
        return kKeyEnd;
    case KEY_BACKSPACE:
        return kKeyBackspace;
    case KEY_ENTER:
        return kKeyEnter;
    default:
        return 0;
    }
}

KeyCode plain_key(wint_t key) {
    constexpr wint_t kDelete = 127;
    constexpr wint_t kCtrlH = 8;
    return key == kDelete || key == kCtrlH ? kKeyBackspace : static_cast<KeyCode>(key);
}

/// newterm() installs handlers for these where it finds none; the loop handles them itself.
class KeepHandlers {
public:
    KeepHandlers() {
        for (std::size_t i = 0; i < kSignals.size(); ++i) {
            ::sigaction(kSignals[i], nullptr, &before_[i]);
        }
    }
    KeepHandlers(const KeepHandlers&) = delete;
    KeepHandlers& operator=(const KeepHandlers&) = delete;
    ~KeepHandlers() {
        for (std::size_t i = 0; i < kSignals.size(); ++i) {
            ::sigaction(kSignals[i], &before_[i], nullptr);
        }
    }

private:
    static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
    std::array<struct sigaction, kSignals.size()> before_{};
};

void set_modes() {
    cbreak();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    scrollok(stdscr, FALSE);
    curs_set(0);
}

void set_colors() {
    start_color();
    use_default_colors();
    for (const Look& look : kLooks) {
        if (look.color >= 0) {
            init_pair(static_cast<short>(look.color + 1), look.color, -1);
        }
    }
}

void leave_screen() {
    unstick_terminal();
    const Interruptible guard;
    endwin();
}

} // namespace

bool locale_is_utf8() noexcept {
    return std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

struct Terminal::Handle {
    SCREEN* screen = nullptr;
    bool color = false;
    bool utf8 = false;

    [[nodiscard]] attr_t attributes(Style style) const { return kLooks[static_cast<std::size_t>(style)].attributes; }
    [[nodiscard]] short pair(Style style) const {
        const short wanted = kLooks[static_cast<std::size_t>(style)].color;
        return color && wanted >= 0 ? static_cast<short>(wanted + 1) : short{0};
    }
};

Result<void> Terminal::check() {
    const char* name = std::getenv("TERM");
    if (name == nullptr || *name == '\0') {
        return fail(ErrorKind::kUsage, "TERM is not set; set it to the type of this terminal, or use --batch");
    }
    int found = 0;
    if (setupterm(nullptr, STDOUT_FILENO, &found) != OK) {
        return fail(ErrorKind::kUsage,
                    fmt::format("TERM is {}, which this machine does not know; install ncurses-term, or use --batch",
                                sanitize(name)));
    }
    const bool places_cursor = !capability("cup").empty();
    del_curterm(cur_term);
    if (!places_cursor) {
        return fail(ErrorKind::kUsage,
                    fmt::format("TERM is {}, which cannot place a cursor; use --batch", sanitize(name)));
    }
    return {};
}

Terminal::Terminal(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}

Result<std::unique_ptr<Terminal>> Terminal::open(bool color) {
    auto handle = std::make_unique<Handle>();
    handle->utf8 = locale_is_utf8();
    const KeepHandlers keep;
    set_escdelay(kEscapeDelayMs);
    if (handle->screen = newterm(nullptr, stdout, stdin); handle->screen == nullptr) {
        return fail(ErrorKind::kFailed, "this terminal cannot be used; use --batch");
    }
    // newterm() has switched to the alternate screen only with the first refresh: these are still the old modes.
    reset_shell_mode();
    arm_fatal_restore(capability("sgr0") + capability("cnorm") + capability("rmkx") + capability("rmcup"));
    reset_prog_mode();
    set_modes();
    handle->color = color && has_colors();
    if (handle->color) {
        set_colors();
    }
    std::unique_ptr<Terminal> terminal(new Terminal(std::move(handle)));
    terminal->resized();
    return terminal;
}

Terminal::~Terminal() {
    leave_screen();
    delscreen(handle_->screen);
    disarm_fatal_restore();
}

TerminalSize Terminal::size() const noexcept {
    return {.width = getmaxx(stdscr), .height = getmaxy(stdscr)};
}

void Terminal::forget() {
    shown_.reset();
    clearok(curscr, TRUE);
}

void Terminal::resized() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
        resizeterm(size.ws_row, size.ws_col);
    }
    forget();
}

void Terminal::stop() {
    leave_screen();
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGTSTP);
    // The default action, so that the shell sees what it expects.
    ::raise(SIGTSTP);
    ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
    ::pthread_sigmask(SIG_BLOCK, &one, nullptr);
    resume();
}

void Terminal::resume() {
    reset_prog_mode();
    set_modes();
    resized();
}

void Terminal::draw_row(const Screen& screen, int y) {
    wmove(stdscr, y, 0);
    wclrtoeol(stdscr);
    for (int x = 0; x < screen.width(); ++x) {
        const Cell& cell = screen.at(x, y);
        const bool blank = cell.text == " " && cell.style == Style::kNormal;
        if (cell.text.empty() || blank) {
            continue;
        }
        std::array<wchar_t, CCHARW_MAX + 1> wide{};
        if (std::mbstowcs(wide.data(), cell.text.c_str(), CCHARW_MAX) == static_cast<std::size_t>(-1)) {
            wide = {L'?'};
        }
        cchar_t character{};
        setcchar(&character, wide.data(), handle_->attributes(cell.style), handle_->pair(cell.style), nullptr);
        mvwadd_wch(stdscr, y, x, &character);
    }
}

bool Terminal::draw(const Screen& screen) {
    if (!takes_output()) {
        return false;
    }
    for (int y = 0; y < screen.height(); ++y) {
        if (!shown_ || !shown_->same_row(screen, y)) {
            draw_row(screen, y);
        }
    }
    shown_ = screen;
    const Interruptible guard;
    wrefresh(stdscr);
    return true;
}

std::optional<KeyCode> Terminal::take_key() {
    while (true) {
        wint_t key = 0;
        const int kind = wget_wch(stdscr, &key);
        if (kind == ERR) {
            return std::nullopt;
        }
        const KeyCode code = kind == KEY_CODE_YES ? special_key(key) : plain_key(key);
        if (code != 0) {
            return code;
        }
    }
}

} // namespace kfence
