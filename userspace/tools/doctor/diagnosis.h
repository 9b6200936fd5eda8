// SPDX-License-Identifier: Apache-2.0
// From facts to a judgement: a pure function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/doctor/facts.h"

namespace kfence {

enum class CheckState {
    kOk,
    kMissing, ///< this kernel or this user lacks it
    kOff,     ///< there, and could be turned on
    kUnknown, ///< this user cannot find out
};
/// "ok", "missing", "off", "unknown": as in the JSON output.
[[nodiscard]] std::string_view to_string(CheckState state) noexcept;

/// One capability. All texts are sanitized.
struct Check {
    std::string name;  ///< stable, for scripts
    std::string label; ///< for people
    CheckState state = CheckState::kOk;
    std::string detail;
    std::string remedy; ///< empty when nothing is to be done
};

/// What the tools' exit codes are here.
inline constexpr int kExitBest = 0;   ///< the best backend that kfence-tools have for such a kernel
inline constexpr int kExitLesser = 1; ///< a lesser one
inline constexpr int kExitCannot = 3; ///< none, or KFENCE is off

struct Diagnosis {
    std::vector<Check> checks;
    /// The backend that kfence-top will take, or would, were KFENCE on; nullopt: none.
    std::optional<std::string> backend;
    std::string verdict; ///< one sentence
    int exit_code = kExitCannot;
};

[[nodiscard]] Diagnosis diagnose(const Facts& facts);

/// What works besides what was tried: a backend needs the trial, the rights and the symbols.
struct Backends {
    Check tracepoint;
    Check fentry;
    Check kprobe;
    Check poll;
};
[[nodiscard]] Backends judge_backends(const Facts& facts);

/// KFENCE's state, as well as this user can tell.
enum class Sampling { kNoKfence, kOff, kOn, kUnknown };
[[nodiscard]] Sampling sampling_of(const Facts& facts) noexcept;

/// The lines about everything but the backends.
[[nodiscard]] Check check_kernel(const Facts& facts);
[[nodiscard]] Check check_kfence(const Facts& facts);
[[nodiscard]] Check check_sampling(const Facts& facts);
[[nodiscard]] Check check_pool(const Facts& facts);
[[nodiscard]] Check check_btf(const Facts& facts);
[[nodiscard]] Check check_debugfs(const Facts& facts);
[[nodiscard]] Check check_kallsyms(const Facts& facts);
[[nodiscard]] Check check_kptr_restrict(const Facts& facts);
[[nodiscard]] Check check_lockdown(const Facts& facts);
[[nodiscard]] Check check_skip_kfence(const Facts& facts);
[[nodiscard]] Check check_burst(const Facts& facts);
[[nodiscard]] Check check_permissions(const Facts& facts);

} // namespace kfence
