// SPDX-License-Identifier: Apache-2.0
// The keys of the screen. The help, the last line and what the keys do come from one table.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "view/view_input.h"

namespace kfence {

/// A Unicode code point, or one of the keys without a character below.
using KeyCode = std::uint32_t;
inline constexpr KeyCode kKeyEscape = 27;
inline constexpr KeyCode kKeyEnter = '\n';
inline constexpr KeyCode kKeyUp = 0x110000;
inline constexpr KeyCode kKeyDown = 0x110001;
inline constexpr KeyCode kKeyPageUp = 0x110002;
inline constexpr KeyCode kKeyPageDown = 0x110003;
inline constexpr KeyCode kKeyHome = 0x110004;
inline constexpr KeyCode kKeyEnd = 0x110005;
inline constexpr KeyCode kKeyBackspace = 0x110006;
inline constexpr KeyCode kKeyLeft = 0x110007;
inline constexpr KeyCode kKeyRight = 0x110008;

enum class Action : std::uint8_t {
    kNone,
    kQuit,
    kHelp,
    kPause,
    kFilter,
    kLonger,
    kShorter,
    kUp,
    kDown,
    kPageUp,
    kPageDown,
    kHome,
    kEnd,
    kRedraw,
    // What is shown; the views in the order of ViewKind:
    kBack,
    kEnter,
    kSort,
    kSortBack,
    kReverse,
    kFrames,
    kOverview,
    kCaches,
    kObjects,
    kStacks,
    kReports,
    kSettings,
    // Of a recording:
    kStepForward,
    kStepBack,
    kNextReport,
    kPreviousReport,
    kGoTo,
    kFaster,
    kSlower,
};

struct KeyBinding {
    std::array<KeyCode, 2> codes{}; ///< 0: none
    Action action{};
    KeyHelp help; ///< without keys: said together with the binding before
};

/// Those of every source, then those of a recording only.
[[nodiscard]] std::span<const KeyBinding> key_bindings() noexcept;
[[nodiscard]] Action action_for(KeyCode key) noexcept;
/// True for what chooses the view, or the order of what is in it.
[[nodiscard]] bool changes_view(Action action) noexcept;
/// True for what only a recording can do.
[[nodiscard]] bool needs_recording(Action action) noexcept;
/// The help texts of the table: the views, on a recording what only it can do, and the rest.
[[nodiscard]] std::vector<KeyHelp> key_help(bool recording = false);

} // namespace kfence
