// SPDX-License-Identifier: Apache-2.0
// A terminal that takes no output: after Ctrl-S, or behind a connection that hangs.
#pragma once

namespace kfence {

/// False when a write to stdout would wait.
[[nodiscard]] bool takes_output() noexcept;

/// Makes a terminal at stdout that takes nothing writable again, for the few bytes that give it back: output goes on,
/// and what was not shown yet is thrown away. Does nothing to one that takes output. Async-signal-safe.
void unstick_terminal() noexcept;

} // namespace kfence
