// SPDX-License-Identifier: Apache-2.0
// The script of a FixtureSource: a small text file with literal times. For tests only.
//
// One directive a line; `#` begins a comment; times are "41ms", "3d", "1.5s" and count from `start`; in a value, \xNN
// is a byte and \s a blank. In the order in which they must come:
//   host=NAME kernel=RELEASE          what the source says about itself
//   start 3d                          the kernel's clock when the tool attaches
//   step 1s                           how far the clock goes per refresh
//   objects 255                       the size of the pool (0: not allocated yet)
//   settings interval=100 thresh=75 burst=0
//   base allocs=600 zombies=1 incompatible=3 capacity=0 covered=7      counters from before the tool
//   stack NAME FRAME FRAME...         innermost first
//   live COUNT cache=C size=N stack=S youngest=10ms oldest=3d           objects from before the tool
//   stream every=100ms hold=250ms cache=C size=N stack=S [from=0s] [until=1h]
//   at 3s loss cause=ring_full count=12
//   at 3s drift allocs=1 frees=0 allocated=0       the kernel's counters go their own way by so much
//   at 3s skips capacity=5 covered=1 incompatible=2
//   at 3s settings interval=0
//   at 3s report type=use-after-free access=read cache=C size=N age=41ms stack=S alloc=S free=S
//   at 3s fail message=TEXT           reading fails from then on
//   at 3s end                         nothing comes after it
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/ids.h"

namespace kfence {

/// key=value words of a line.
using FixtureWords = std::map<std::string, std::string, std::less<>>;

struct FixtureAction {
    KernelNs time = 0; ///< after `start`
    std::string verb;  ///< loss, drift, skips, settings, report, fail, end
    FixtureWords words;
};

struct FixtureObjects {
    std::uint32_t count = 0;
    std::string cache;
    std::uint32_t size = 0;
    std::string stack;
    std::uint64_t youngest_ns = 0;
    std::uint64_t oldest_ns = 0;
};

struct FixtureStream {
    std::uint64_t every_ns = 0;
    std::uint64_t hold_ns = 0;
    std::string cache;
    std::uint32_t size = 0;
    std::string stack;
    KernelNs from = 0;
    KernelNs until = 0;
};

struct FixtureScript {
    std::string host = "fixture";
    std::string kernel = "fixture";
    KernelNs start = 0;
    std::uint64_t step_ns = 1'000'000'000;
    std::uint32_t objects = 0;
    FixtureWords settings;
    FixtureWords base;
    std::map<std::string, std::vector<std::string>, std::less<>> stacks;
    std::vector<FixtureObjects> live;
    std::vector<FixtureStream> streams;
    std::vector<FixtureAction> actions; ///< by time
};

/// Errors are kUsage and name the line.
[[nodiscard]] Result<FixtureScript> parse_fixture(std::string_view text);

/// "41ms", "1.5s", "3d" in nanoseconds; plain numbers of any other kind. Values were checked by
/// parse_fixture(): what is missing is 0.
[[nodiscard]] std::uint64_t fixture_time(const FixtureWords& words, std::string_view key);
[[nodiscard]] std::uint64_t fixture_number(const FixtureWords& words, std::string_view key);
[[nodiscard]] std::string fixture_text(const FixtureWords& words, std::string_view key);

} // namespace kfence
