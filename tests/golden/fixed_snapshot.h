// SPDX-License-Identifier: Apache-2.0
// One picture of a pool with everything in it, made of literals.
#pragma once

#include "view/view_input.h"

namespace kfence {

struct FixedSnapshot {
    FixedSnapshot();
    FixedSnapshot(const FixedSnapshot&) = delete;
    FixedSnapshot& operator=(const FixedSnapshot&) = delete;

    Names names;
    Snapshot snapshot;
    SourceInfo info;
    double silent_s = 0.1;

    [[nodiscard]] ViewInput input() const;
    StackId stack(std::initializer_list<const char*> frames);

private:
    void add_cache(const char* name, std::uint32_t live, std::uint64_t allocs, double rate, std::uint64_t p50_ms,
                   std::uint64_t p99_ms);
    void add_stack(std::uint32_t count, const char* cache, std::initializer_list<const char*> frames);
    void add_reports();
};

} // namespace kfence
