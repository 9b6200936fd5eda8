// SPDX-License-Identifier: Apache-2.0
#include "kernel/user.h"

#include "kernel/file.h"
#include "kernel/scan.h"

namespace kfence {

std::string_view to_string(Capability capability) noexcept {
    switch (capability) {
    case Capability::kDacOverride:
        return "CAP_DAC_OVERRIDE";
    case Capability::kDacReadSearch:
        return "CAP_DAC_READ_SEARCH";
    case Capability::kSysAdmin:
        return "CAP_SYS_ADMIN";
    case Capability::kSyslog:
        return "CAP_SYSLOG";
    case Capability::kPerfmon:
        return "CAP_PERFMON";
    case Capability::kBpf:
        return "CAP_BPF";
    }
    return "?";
}

bool User::may_trace() const noexcept {
    return has(Capability::kSysAdmin) || (has(Capability::kBpf) && has(Capability::kPerfmon));
}

std::vector<std::string_view> User::missing(std::initializer_list<Capability> wanted) const {
    std::vector<std::string_view> names;
    for (const Capability capability : wanted) {
        const bool by_admin = capability == Capability::kBpf || capability == Capability::kPerfmon;
        if (!has(capability) && !(by_admin && has(Capability::kSysAdmin))) {
            names.push_back(to_string(capability));
        }
    }
    return names;
}

std::optional<User> read_user(std::string_view root) {
    const auto text = read_file(rooted(root, "/proc/self/status"));
    if (!text) {
        return std::nullopt;
    }
    User user;
    bool found = false;
    std::string_view rest = *text;
    while (!rest.empty()) {
        std::string_view line = take_until(rest, '\n');
        if (skip_prefix(line, "Uid:")) { // real, effective, saved, file system
            line = trimmed(line);
            take_until(line, '\t');
            user.uid = static_cast<std::uint32_t>(take_unsigned(line).value_or(0));
        } else if (skip_prefix(line, "CapEff:")) {
            line = trimmed(line);
            const auto bits = take_hex(line);
            found = bits.has_value();
            user.capabilities = bits.value_or(0);
        }
    }
    return found ? std::optional(user) : std::nullopt;
}

} // namespace kfence
