// SPDX-License-Identifier: Apache-2.0
// From a specification to a source.
#pragma once

#include <memory>

#include "base/result.h"
#include "source/source.h"
#include "tools/common/source_spec.h"

namespace kfence {

/// The caller owns the source; a live one is attached to the kernel until it is destroyed. Errors: kUsage for a
/// source that this version does not have, kUnsupported for what this kernel or user lacks.
[[nodiscard]] Result<std::unique_ptr<Source>> open_source(const SourceSpec& spec);

} // namespace kfence
