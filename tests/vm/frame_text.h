// SPDX-License-Identifier: Apache-2.0
// Frames as text, in a form that two observers of the same kernel agree on.
#pragma once

#include <string>
#include <string_view>

namespace kfence {

/// A trampoline has no size: what is printed as one is the distance to the next symbol, and more come meanwhile.
[[nodiscard]] inline std::string without_size(std::string_view frame) {
    return std::string(frame.starts_with("bpf_trampoline_") ? frame.substr(0, frame.find('/')) : frame);
}

} // namespace kfence
