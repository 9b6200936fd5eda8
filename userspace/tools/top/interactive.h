// SPDX-License-Identifier: Apache-2.0
// kfence-top on a screen.
#pragma once

#include "base/result.h"
#include "tools/common/session.h"
#include "tools/common/signals.h"
#include "tools/top/options.h"
#include "tools/top/terminal.h"

namespace kfence {

/// Runs until `q`, a signal, or the end of the terminal. The session has been started; `signals` also has
/// SIGTSTP, SIGCONT and SIGWINCH. Returns the exit code; the terminal is given back by its owner.
[[nodiscard]] Result<int> run_interactive(Session& session, const TopOptions& options, SignalFd& signals,
                                          std::unique_ptr<Terminal> terminal, bool utf8);

} // namespace kfence
