// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/record_options.h"

#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"

namespace kfence {
namespace {

constexpr double kMostSeconds = 1e9;
constexpr std::uint64_t kMostMinutes = 1'000'000;

/// Numbers are parsed without the locale.
template <typename T> std::optional<T> parse_number(const std::string& text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::unexpected<Error> wrong(std::string_view option, const std::string& value, std::string_view expected) {
    return fail(ErrorKind::kUsage, fmt::format("{} {}: must be {}", option, sanitize(value), expected));
}

} // namespace

void declare_record_options(CLI::App& command, TypedRecord& typed) {
    command.add_option("-o,--output", typed.output,
                       "The file to make (default: kfence-HOST-TIME.kfence), or - for JSON lines on stdout");
    command.add_option("--duration", typed.duration, "End after so many seconds (default: at a signal)");
    command.add_option("--ring", typed.ring, "Keep only the last minutes: a file that does not grow without end");
    command.add_flag("--on-report", typed.on_report,
                     "With --ring: also save a copy, FILE.report-N, shortly after KFENCE found a bug");
    command.add_flag("--raw-addresses", typed.raw_addresses,
                     "Also keep the addresses of the frames of stacks, which tell where the kernel is in memory");
    command.add_option("--backend", typed.backend, "auto, tracepoint, fentry, kprobe or poll (default: auto)");
    command.add_option("--ring-pages", typed.ring_pages, "Size of the kernel's event buffer in pages, a power of two");
    command.add_flag("--fail-on-loss", typed.fail_on_loss, "Exit with 4 when events were lost");
    command.add_flag("-v,--verbose", typed.verbose, "Say which backend is used and what it cannot see");
    // For tests: fixture:FILE. CLI11 has no name for a hidden option in its messages.
    command.add_option("--source", typed.source)->group("");
    command.add_option("command", typed.command, "After --: a program to run; the recording ends when it does");
    command.footer(
        "Each transaction is durable half a second after its events; after a power failure or a kill -9 the\n"
        "file, with the -wal file beside it, holds all but that.");
}

Result<RecordOptions> check_record_options(const TypedRecord& typed) {
    RecordOptions out;
    const auto pages = parse_number<std::size_t>(typed.ring_pages);
    if (!pages) {
        return wrong("--ring-pages", typed.ring_pages, "a power of two");
    }
    auto source = parse_source(typed.source, typed.backend, *pages);
    if (!source) {
        return std::unexpected(source.error());
    }
    out.source = std::move(*source);
    if (typed.duration) {
        out.duration_s = parse_number<double>(*typed.duration);
        const bool is_good = out.duration_s && *out.duration_s > 0 && *out.duration_s <= kMostSeconds; // not so for NaN
        if (!is_good) {
            return wrong("--duration", *typed.duration, "a number of seconds above 0");
        }
    }
    if (typed.ring) {
        out.ring_minutes = parse_number<std::uint64_t>(*typed.ring);
        if (out.ring_minutes.value_or(0) == 0 || *out.ring_minutes > kMostMinutes) {
            return wrong("--ring", *typed.ring, "a whole number of minutes, 1 or more");
        }
    }
    if (typed.on_report && !typed.ring) {
        return fail(ErrorKind::kUsage, "--on-report has no effect without --ring: all of it is kept anyway");
    }
    if (typed.output == "-" && typed.ring) {
        return fail(ErrorKind::kUsage, "--ring needs a file, and -o - is none");
    }
    if (typed.output == "-" && typed.raw_addresses) {
        return fail(ErrorKind::kUsage, "--raw-addresses needs a file, and -o - is none");
    }
    out.output = typed.output;
    out.raw_addresses = typed.raw_addresses;
    out.on_report = typed.on_report;
    out.command = typed.command;
    out.fail_on_loss = typed.fail_on_loss;
    out.verbose = typed.verbose;
    return out;
}

} // namespace kfence
