// SPDX-License-Identifier: Apache-2.0
#include "tools/top/keys.h"

namespace kfence {
namespace {

constexpr KeyCode kCtrlL = 12;

constexpr KeyBinding kBindings[] = {
    {{'?', 'h'}, Action::kHelp, {"?", "this help; any key closes it", "help"}},
    {{'q', 'Q'}, Action::kQuit, {"q", "quit", "quit"}},
    {{' ', 0}, Action::kPause, {"Space", "hold the picture, or let it go on; nothing is lost meanwhile", "pause"}},
    {{'/', 0}, Action::kFilter, {"/", "show only the caches whose name matches a regular expression", "filter"}},
    {{kKeyEscape, 0}, Action::kClear, {"Esc", "show all caches again", ""}},
    {{'s', 0}, Action::kSort, {"s", "sort the caches by the next column: live, allocs, rate, age, name", "sort"}},
    {{'r', 0}, Action::kReverse, {"r", "turn the order round", "reverse"}},
    {{'+', '='}, Action::kLonger, {"+ -", "refresh less often, more often", ""}},
    {{'-', '_'}, Action::kShorter, {}},
    {{kKeyUp, 'k'}, Action::kUp, {"Up Down j k", "scroll the caches by a line", ""}},
    {{kKeyDown, 'j'}, Action::kDown, {}},
    {{kKeyPageUp, 0}, Action::kPageUp, {"PgUp PgDn", "scroll the caches by a page", ""}},
    {{kKeyPageDown, 0}, Action::kPageDown, {}},
    {{kKeyHome, 'g'}, Action::kHome, {"Home End g G", "the first caches, the last caches", ""}},
    {{kKeyEnd, 'G'}, Action::kEnd, {}},
    {{kCtrlL, 0}, Action::kRedraw, {"Ctrl-L", "draw the screen again", ""}},
    {{'.', kKeyRight}, Action::kStepForward, {". ,", "a second forward, a second back; also Right and Left", "step"}},
    {{',', kKeyLeft}, Action::kStepBack, {}},
    {{'n', 0}, Action::kNextReport, {"n N", "go to the next report, to the one before", "report"}},
    {{'N', 'p'}, Action::kPreviousReport, {}},
    {{'t', 0}, Action::kGoTo, {"t", "go to a time: +90s, -10m, 19:31:07, 2026-11-22 19:31", "time"}},
    {{']', 0}, Action::kFaster, {"] [", "play twice as fast, half as fast", ""}},
    {{'[', 0}, Action::kSlower, {}},
};

} // namespace

std::span<const KeyBinding> key_bindings() noexcept {
    return kBindings;
}

Action action_for(KeyCode key) noexcept {
    for (const KeyBinding& binding : kBindings) {
        for (const KeyCode code : binding.codes) {
            if (code != 0 && code == key) {
                return binding.action;
            }
        }
    }
    return Action::kNone;
}

bool needs_recording(Action action) noexcept {
    return action >= Action::kStepForward;
}

std::vector<KeyHelp> key_help(bool recording) {
    std::vector<KeyHelp> out;
    for (const bool of_recordings : {true, false}) {
        for (const KeyBinding& binding : kBindings) {
            const bool wanted = needs_recording(binding.action) == of_recordings && (recording || !of_recordings);
            if (wanted && !binding.help.keys.empty()) {
                out.push_back(binding.help);
            }
        }
    }
    return out;
}

} // namespace kfence
