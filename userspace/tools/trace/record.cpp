// SPDX-License-Identifier: Apache-2.0
// kfence-trace record.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kernel/cgroups.h"
#include "kernel/config.h"
#include "kernel/host.h"
#include "tools/common/cli.h"
#include "tools/common/open_source.h"
#include "tools/trace/commands.h"
#include "tools/trace/record_file.h"
#include "tools/trace/record_lines.h"
#include "tools/trace/record_options.h"
#include "tools/trace/recorder.h"
#include "tools/trace/tee_source.h"
#include "view/alerts.h"
#include "view/format.h"

namespace kfence {
namespace {

constexpr std::uint64_t kMinuteNs = 60'000'000'000;

/// The options of lib/Kconfig.kfence (6.12), and what else decides how KFENCE samples.
constexpr std::array<std::string_view, 10> kConfigOptions = {"CONFIG_KFENCE",
                                                             "CONFIG_KFENCE_SAMPLE_INTERVAL",
                                                             "CONFIG_KFENCE_NUM_OBJECTS",
                                                             "CONFIG_KFENCE_DEFERRABLE",
                                                             "CONFIG_KFENCE_STATIC_KEYS",
                                                             "CONFIG_KFENCE_STRESS_TEST_FAULTS",
                                                             "CONFIG_SLUB_TINY",
                                                             "CONFIG_SLAB_FREELIST_HARDENED",
                                                             "CONFIG_HZ",
                                                             "CONFIG_MEMCG"};

std::string config_lines(const std::string& release) {
    std::string out;
    const auto config = KernelConfig::read("/", release);
    if (config) {
        for (const std::string_view option : kConfigOptions) {
            if (const auto value = config->value(option)) {
                out += fmt::format("{}{}={}", out.empty() ? "" : " ", option, *value);
            }
        }
    }
    return out;
}

MachineInfo machine_info(Source& source, SourceKind kind) {
    MachineInfo out{.source = source.info(),
                    .boot_id = {},
                    .config = {},
                    .tool = fmt::format("{} {}", kTraceTool, KFENCE_TOOLS_VERSION),
                    .started = clock_now(source),
                    .ended = std::nullopt};
    if (kind == SourceKind::kLive) {
        out.boot_id = read_host("/").boot_id;
        out.config = config_lines(out.source.kernel);
    }
    return out;
}

/// A file of its own for each recording: "kfence-web-17-20261122T081500Z.kfence".
std::string default_output(const MachineInfo& machine) {
    std::string host = machine.source.host.empty() ? "machine" : machine.source.host;
    std::ranges::replace_if(
        host, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.'; }, '_');
    std::string time = format_time(machine.started.unix_ns); // 2026-11-22T08:15:00.123Z
    time.resize(time.find('.'));
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    return fmt::format("kfence-{}-{}Z.kfence", host, time);
}

Result<std::unique_ptr<EventSink>> open_sink(const RecordOptions& options, MachineInfo machine, SignalFd& signals) {
    const auto paths = std::make_shared<CgroupPaths>("/");
    const CgroupResolver resolve = [paths](std::uint64_t id) {
        return Cgroup{.kernel_id = id, .path = paths->path(id)};
    };
    if (options.output == "-") {
        return std::make_unique<RecordLines>(std::move(machine), resolve, signals.fd());
    }
    RecordFileOptions file{.path = options.output.empty() ? default_output(machine) : options.output,
                           .machine = std::move(machine),
                           .cgroups = resolve,
                           .ring_ns = std::nullopt,
                           .on_report = options.on_report,
                           .raw_addresses = options.raw_addresses};
    if (options.ring_minutes) {
        file.ring_ns = *options.ring_minutes * kMinuteNs;
    }
    return RecordFile::create(file);
}

/// What is safe in spite of the error.
std::string what_is_kept(const EventSink& sink) {
    const auto* file = dynamic_cast<const RecordFile*>(&sink);
    return file == nullptr ? std::string()
                           : fmt::format("; {} events of before are in {}", file->committed(), file->place());
}

void summarize(const Recorder& recorder, const EventSink& sink) {
    const WriterTotals& totals = sink.totals();
    std::string text = fmt::format(
        "recorded {:.1f} s to {}: {} events ({} allocations, {} frees, {} of KFENCE's reports), {} bytes, lost {}",
        recorder.seconds(), sink.place(), totals.events, totals.allocs, totals.frees, totals.reports, sink.bytes(),
        totals.lost);
    if (const auto* file = dynamic_cast<const RecordFile*>(&sink); file != nullptr && file->copies() > 0) {
        text += fmt::format("; {} copies with reports", file->copies());
    }
    if (const auto* file = dynamic_cast<const RecordFile*>(&sink); file != nullptr && !file->is_one_file()) {
        text += fmt::format("; another program reads it, so that its last part is in {}-wal: copy both", sink.place());
    }
    if (recorder.child()) {
        text += fmt::format("; the program {}", recorder.child()->outcome());
    }
    print_message(kTraceTool, text);
}

Result<int> record(const RecordOptions& options) {
    auto signals = SignalFd::create({SIGINT, SIGTERM, SIGHUP, SIGCHLD});
    if (!signals) {
        return std::unexpected(signals.error());
    }
    if (const auto found = options.command.empty() ? Result<void>{} : check_program(options.command[0]); !found) {
        return std::unexpected(found.error());
    }
    auto source = open_source(options.source);
    if (!source) {
        return std::unexpected(source.error());
    }
    const SourceInfo& info = (*source)->info();
    if (options.verbose) {
        print_message(kTraceTool, fmt::format("kernel {}, backend {}{}{}", info.kernel, info.backend,
                                              info.blind.empty() ? "" : "; cannot see: ", fmt::join(info.blind, "; ")));
    }
    auto sink = open_sink(options, machine_info(**source, options.source.kind), *signals);
    if (!sink) {
        return std::unexpected(sink.error());
    }
    auto tee = std::make_unique<TeeSource>(std::move(*source), **sink);
    const TeeSource& recorded = *tee;
    Session session(std::move(tee));
    Recorder recorder(session, **sink, *signals, options);
    const auto done = recorder.run();
    if (!done) {
        Error error = done.error();
        error.message += what_is_kept(**sink);
        error.kind = recorded.sink_error() ? ErrorKind::kFailed : error.kind;
        return std::unexpected(std::move(error));
    }
    summarize(recorder, **sink);
    return options.fail_on_loss && (*sink)->totals().lost > 0 ? static_cast<int>(ErrorKind::kLoss) : 0;
}

} // namespace

void declare_record(CLI::App& app, ChosenCommand& chosen) {
    CLI::App* command = app.add_subcommand("record", "Write what happens to a file, until a signal or for a time");
    const auto typed = std::make_shared<TypedRecord>();
    declare_record_options(*command, *typed);
    command->callback([typed, &chosen] {
        chosen = [typed]() -> Result<int> {
            const auto options = check_record_options(*typed);
            return options ? record(*options) : std::unexpected(options.error());
        };
    });
}

} // namespace kfence
