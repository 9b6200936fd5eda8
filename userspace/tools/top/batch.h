// SPDX-License-Identifier: Apache-2.0
// kfence-top without a screen.
#pragma once

#include "base/result.h"
#include "tools/common/session.h"
#include "tools/common/signals.h"
#include "tools/top/options.h"

namespace kfence {

/// Writes one refresh after the other to stdout until the iterations are done, a signal comes, the source ends
/// or nobody reads. The session has been started; the first refresh follows after an interval, at most a second,
/// so that it has rates. Returns the exit code.
[[nodiscard]] Result<int> run_batch(Session& session, const TopOptions& options, SignalFd& signals, bool utf8);

} // namespace kfence
