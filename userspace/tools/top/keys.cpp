// SPDX-License-Identifier: Apache-2.0
#include "tools/top/keys.h"

namespace kfence {
namespace {

constexpr KeyCode kCtrlL = 12;

constexpr KeyBinding kBindings[] = {
    {{'1', 0}, Action::kOverview, {"1", "overview", "overview"}},
    {{'2', 0}, Action::kCaches, {"2", "caches: what KFENCE sampled of each, ages and lifetimes", "caches"}},
    {{'3', 0}, Action::kObjects, {"3", "objects: what each slot holds, the oldest first", "objects"}},
    {{'4', 0}, Action::kStacks, {"4", "stacks: which of them hold most slots", "stacks"}},
    {{'5', 0}, Action::kReports, {"5", "reports: the bugs that were found", "reports"}},
    {{'6', 0}, Action::kSettings, {"6", "settings, the kernel's counters, what was lost", "settings"}},
    {{'/', 0},
     Action::kFilter,
     {"/", "show only what matches a regular expression: a cache, a task, a function", "filter"}},
    {{kKeyEnter, '\r'},
     Action::kEnter,
     {"Enter", "go deeper: a cache or a stack, its objects, one of them with both stacks", ""}},
    {{kKeyEscape, 0}, Action::kBack, {"Esc", "come back; with a filter: show all again", ""}},
    {{'s', '>'}, Action::kSort, {"s S", "sort by the next column, by the one before; also > and <", "sort"}},
    {{'S', '<'}, Action::kSortBack, {}},
    {{'r', 0}, Action::kReverse, {"r", "turn the order round", ""}},
    {{'a', 0}, Action::kFrames, {"a", "show the frames of the allocator in stacks, or hide them", ""}},
    {{' ', 0}, Action::kPause, {"Space", "hold the picture, or let it go on; nothing is lost meanwhile", "pause"}},
    {{'?', 'h'}, Action::kHelp, {"?", "this help; any key closes it", "help", true}},
    {{'q', 'Q'}, Action::kQuit, {"q", "quit", "quit"}},
    {{'+', '='}, Action::kLonger, {"+ -", "refresh less often, more often", ""}},
    {{'-', '_'}, Action::kShorter, {}},
    {{kKeyUp, 'k'}, Action::kUp, {"Up Down j k", "choose the next row, the one before; scroll a text", ""}},
    {{kKeyDown, 'j'}, Action::kDown, {}},
    {{kKeyPageUp, 0}, Action::kPageUp, {"PgUp PgDn", "the same by a page", ""}},
    {{kKeyPageDown, 0}, Action::kPageDown, {}},
    {{kKeyHome, 'g'}, Action::kHome, {"Home End g G", "the first row, the last row", ""}},
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

bool changes_view(Action action) noexcept {
    return action >= Action::kBack && action < Action::kStepForward;
}

bool needs_recording(Action action) noexcept {
    return action >= Action::kStepForward;
}

std::vector<KeyHelp> key_help(bool recording) {
    std::vector<KeyHelp> out;
    const auto group = [](Action action) {
        return action >= Action::kOverview && action <= Action::kSettings ? 0 : (needs_recording(action) ? 1 : 2);
    };
    for (const int wanted : {0, 1, 2}) {
        for (const KeyBinding& binding : kBindings) {
            const bool is_shown = group(binding.action) == wanted && (recording || wanted != 1);
            if (is_shown && !binding.help.keys.empty()) {
                out.push_back(binding.help);
            }
        }
    }
    return out;
}

} // namespace kfence
