// SPDX-License-Identifier: Apache-2.0
// Two recordings of ten slots and a hundred seconds, before and after a change, made of literal events.
#pragma once

#include <string>

namespace kfence::test {

/// "web-17" with an interval of 100 ms, whose pool fills; a bug is found twice.
void record_before(const std::string& path);
/// The same machine with another kernel and 1000 ms; the pool does not fill.
void record_after(const std::string& path);

} // namespace kfence::test
