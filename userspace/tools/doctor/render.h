// SPDX-License-Identifier: Apache-2.0
// A diagnosis as text for people and as JSON for scripts.
#pragma once

#include <string>

#include "tools/doctor/diagnosis.h"

namespace kfence {

/// One line per check, and the verdict. `colour`: with escape sequences for a terminal.
[[nodiscard]] std::string render_text(const Diagnosis& diagnosis, bool colour);

/// {"backend", "verdict", "exit", "checks": [{"name", "state", "detail", "remedy"}]}; backend is null when there is
/// none. UTF-8, one object, ends with a newline.
[[nodiscard]] std::string render_json(const Diagnosis& diagnosis);

} // namespace kfence
