// SPDX-License-Identifier: Apache-2.0
#include "kernel/host.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/scan.h"

namespace kfence {
namespace {

std::string text_of(std::string_view root, std::string_view path) {
    const auto line = read_line(rooted(root, path));
    return line ? sanitize(*line) : std::string();
}

std::optional<std::uint64_t> number_of(std::string_view root, std::string_view path) {
    return read_number(rooted(root, path));
}

/// /proc/sys/kernel/arch exists since Linux 6.1.
std::string machine_of(std::string_view root) {
    std::string machine = text_of(root, "/proc/sys/kernel/arch");
    utsname names{};
    if (machine.empty() && ::uname(&names) == 0) {
        machine = sanitize(names.machine);
    }
    return machine;
}

std::optional<double> uptime_of(std::string_view root) {
    const auto line = read_line(rooted(root, "/proc/uptime"));
    if (!line) {
        return std::nullopt;
    }
    std::string_view text = *line;
    const auto seconds = take_unsigned(text);
    const std::size_t before = text.size();
    const auto hundredths = skip_prefix(text, ".") ? take_unsigned(text) : std::nullopt;
    if (!seconds || !hundredths || before - text.size() != 3) {
        return std::nullopt;
    }
    return static_cast<double>(*seconds) + static_cast<double>(*hundredths) / 100;
}

} // namespace

std::string_view to_string(Lockdown lockdown) noexcept {
    switch (lockdown) {
    case Lockdown::kUnknown:
        return "unknown";
    case Lockdown::kNone:
        return "none";
    case Lockdown::kIntegrity:
        return "integrity";
    case Lockdown::kConfidentiality:
        return "confidentiality";
    }
    return "?";
}

Lockdown parse_lockdown(std::string_view text) noexcept {
    for (const Lockdown state : {Lockdown::kNone, Lockdown::kIntegrity, Lockdown::kConfidentiality}) {
        const std::string_view name = to_string(state);
        const auto at = text.find(name);
        if (at != std::string_view::npos && at > 0 && text[at - 1] == '[' &&
            text.substr(at + name.size()).starts_with(']')) {
            return state;
        }
    }
    return Lockdown::kUnknown;
}

std::optional<std::uint32_t> count_list(std::string_view list) noexcept {
    std::uint64_t count = 0;
    if (list.empty()) {
        return std::nullopt;
    }
    while (!list.empty()) {
        std::string_view part = take_until(list, ',');
        const auto first = take_unsigned(part);
        const auto last = skip_prefix(part, "-") ? take_unsigned(part) : first;
        if (!first || !last || !part.empty() || *last < *first || *last - *first > 0xffff) {
            return std::nullopt;
        }
        count += *last - *first + 1;
    }
    return count <= 0xffffffffU ? std::optional(static_cast<std::uint32_t>(count)) : std::nullopt;
}

Host read_host(std::string_view root) {
    Host host;
    host.name = text_of(root, "/proc/sys/kernel/hostname");
    host.release = text_of(root, "/proc/sys/kernel/osrelease");
    host.machine = machine_of(root);
    host.boot_id = text_of(root, "/proc/sys/kernel/random/boot_id");
    host.uptime_s = uptime_of(root);
    host.numa_nodes = count_list(text_of(root, "/sys/devices/system/node/online")).value_or(1);
    host.page_size = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE));
    host.lockdown = parse_lockdown(text_of(root, "/sys/kernel/security/lockdown"));
    host.kptr_restrict = number_of(root, "/proc/sys/kernel/kptr_restrict");
    const std::string paranoid = text_of(root, "/proc/sys/kernel/perf_event_paranoid");
    std::string_view rest = paranoid;
    host.perf_event_paranoid = take_signed(rest);
    host.unprivileged_bpf_disabled = number_of(root, "/proc/sys/kernel/unprivileged_bpf_disabled");
    return host;
}

} // namespace kfence
