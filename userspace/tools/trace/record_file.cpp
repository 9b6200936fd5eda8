// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/record_file.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/common/cli.h"
#include "tools/trace/commands.h"
#include "view/describe.h"

namespace kfence {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kMostBetweenKeyframes = 60 * kSecond;
/// What happens just after a bug belongs to the copy.
constexpr std::uint64_t kAftermath = 2 * kSecond;
/// Of the names of copies.
constexpr std::size_t kMostNumbers = 10'000;
/// Of the log: usually it is a few MB.
constexpr std::uint64_t kMostLogBytes = 64'000'000;

WriterOptions writer_options(const RecordFileOptions& options) {
    return {.keyframe_ns = std::min(options.ring_ns.value_or(~std::uint64_t{0}) / 4, kMostBetweenKeyframes),
            .raw_addresses = options.raw_addresses};
}

} // namespace

RecordFile::RecordFile(RecordFileOptions options, TraceWriter writer)
    : options_(std::move(options)), writer_(std::move(writer)), last_trim_(options_.machine.started.kernel) {}

Result<std::unique_ptr<RecordFile>> RecordFile::create(const RecordFileOptions& options) {
    auto writer = TraceWriter::create(options.path, options.cgroups, writer_options(options));
    if (!writer) {
        return std::unexpected(writer.error());
    }
    if (auto added = writer->add_machine(options.machine); !added) {
        return std::unexpected(added.error());
    }
    if (auto committed = writer->commit(); !committed) {
        return std::unexpected(committed.error());
    }
    // From here on the file alone is a recording, whatever becomes of its log.
    if (auto merged = writer->merge_log(); !merged) {
        return std::unexpected(merged.error());
    }
    return std::unique_ptr<RecordFile>(new RecordFile(options, std::move(*writer)));
}

void RecordFile::watch(const ReportEvent& report, const Names& names) {
    const bool is_new = titles_.insert(describe_report(names, report)).second;
    if (copies_ < kMostCopies / 2 || (is_new && copies_ < kMostCopies)) {
        copy_from_ = copy_from_.value_or(report.time);
    }
}

Result<void> RecordFile::write(std::span<const Event> events, const Names& names) {
    if (options_.on_report) {
        for (const Event& event : events) {
            if (const auto* report = std::get_if<ReportEvent>(&event)) {
                watch(*report, names);
            }
        }
    }
    return writer_.write(events, names);
}

/// A copy that cannot be made does not end the recording.
void RecordFile::copy(const ClockAnchor& end) {
    copy_from_.reset();
    std::size_t number = copies_ + failed_copies_;
    Result<void> copied;
    do { // those of an earlier recording stay
        copied = writer_.copy_to(fmt::format("{}.report-{}", options_.path, ++number), end);
    } while (!copied && copied.error().kind == ErrorKind::kUsage && number < kMostNumbers);
    if (copied) {
        ++copies_;
        return;
    }
    ++failed_copies_;
    copy_error_ = copied.error().message;
    print_message(kTraceTool, fmt::format("{}: this report has no copy; the recording goes on", copy_error_));
}

Result<void> RecordFile::sample(const ClockAnchor& now, bool settled, std::uint64_t drifts) {
    if (auto sampled = writer_.sample(now.unix_ns, settled, drifts); !sampled) {
        return sampled;
    }
    if (copy_from_ && now.kernel >= *copy_from_ + kAftermath) {
        copy(now);
    }
    if (options_.ring_ns && now.kernel >= last_trim_ + writer_options(options_).keyframe_ns) {
        last_trim_ = now.kernel;
        return writer_.trim(now.kernel - std::min(now.kernel, *options_.ring_ns));
    }
    return {};
}

Result<void> RecordFile::commit() {
    auto committed = writer_.commit();
    if (committed) {
        committed_ = writer_.totals().events;
        watch_log();
    }
    return committed;
}

/// Whoever reads for long keeps the log from being used again.
void RecordFile::watch_log() {
    if (!warned_of_log_ && writer_.log_bytes() > kMostLogBytes) {
        warned_of_log_ = true;
        print_message(kTraceTool, fmt::format("{}-wal grows as long as another program reads the recording: end that "
                                              "program, or let it read a copy",
                                              sanitize(options_.path)));
    }
}

Result<void> RecordFile::finish(const ClockAnchor& end) {
    if (copy_from_) {
        copy(end);
    }
    auto finished = writer_.finish(std::array{std::optional(end)});
    if (!finished) {
        return finished;
    }
    committed_ = writer_.totals().events;
    return failed_copies_ == 0 ? finished
                               : fail(ErrorKind::kFailed, fmt::format("{} copies with reports could not be made ({})",
                                                                      failed_copies_, copy_error_));
}

} // namespace kfence
