// SPDX-License-Identifier: Apache-2.0
// A machine on which everything works, to be spoilt by a test: Linux 6.12 with KFENCE on, BTF, kprobes, root.
#pragma once

#include <string>
#include <string_view>

#include "fixture_root.h"

namespace kfence::test {

void healthy_machine(const FixtureRoot& root);

/// KFENCE is compiled in and was never on: no pool, no folder in debugfs.
void turn_off(const FixtureRoot& root);

/// A vmlinux BTF with KFENCE's struct and functions, or without; one function may be left out.
std::string btf_bytes(bool with_kfence, std::string_view without = {}, bool with_tracepoints = false);

/// The text of debugfs kfence/objects for a pool of `objects`, the first two used.
std::string objects_text(unsigned objects);

} // namespace kfence::test
