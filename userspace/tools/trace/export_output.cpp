// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/export_output.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/common/output.h"

namespace kfence {
namespace {

constexpr std::size_t kPiece = std::size_t{64} * 1024;
/// How often it looks for a signal: a system call.
constexpr std::uint64_t kPassesPerLook = 4096;

std::unexpected<Error> cannot_write(const std::string& path, int error) {
    return fail_errno(ErrorKind::kFailed, error, fmt::format("{} cannot be written", sanitize(path)));
}

/// What is there already may be replaced only when that was asked for, and when it is a file.
Result<void> check_target(const ExportOptions& options) {
    struct stat there{};
    struct stat recording{};
    if (::lstat(options.output.c_str(), &there) != 0) {
        return {};
    }
    const std::string shown = sanitize(options.output);
    if (!S_ISREG(there.st_mode)) {
        return fail(ErrorKind::kUsage, fmt::format("{} is no file: choose another name, or write to stdout", shown));
    }
    if (!options.force) {
        return fail(ErrorKind::kUsage, fmt::format("{} exists: choose another name, or add --force", shown));
    }
    for (const char* part : {"", "-wal", "-shm", "-journal"}) {
        if (::stat((options.file + part).c_str(), &recording) == 0 && recording.st_dev == there.st_dev &&
            recording.st_ino == there.st_ino) {
            return fail(ErrorKind::kUsage,
                        fmt::format("{} is {}: choose another name", shown,
                                    *part == '\0' ? "the recording itself" : "a part of the recording"));
        }
    }
    return {};
}

} // namespace

ExportOutput::ExportOutput(ExportOutput&& other) noexcept
    : buffer_(std::move(other.buffer_)), signals_(other.signals_), path_(std::move(other.path_)),
      unfinished_(std::exchange(other.unfinished_, {})), force_(other.force_), file_(std::move(other.file_)) {}

ExportOutput::~ExportOutput() {
    if (!unfinished_.empty()) {
        ::unlink(unfinished_.c_str());
    }
}

Result<ExportOutput> ExportOutput::create(const ExportOptions& options, SignalFd* signals) {
    ExportOutput out;
    out.signals_ = signals;
    out.path_ = options.output;
    out.force_ = options.force;
    out.buffer_->reserve(2 * kPiece);
    if (options.output.empty()) {
        return out;
    }
    if (auto checked = check_target(options); !checked) {
        return std::unexpected(checked.error());
    }
    std::string unfinished = fmt::format("{}.tmp-{}", options.output, ::getpid());
    out.file_.reset(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!out.file_) {
        return fail_errno(ErrorKind::kUsage, errno, fmt::format("{} cannot be created", sanitize(options.output)));
    }
    out.unfinished_ = std::move(unfinished);
    return out;
}

Result<bool> ExportOutput::pass() {
    if (signals_ != nullptr && ++passes_ % kPassesPerLook == 0) {
        if (const auto signal = signals_->take(); signal && is_ending(*signal)) {
            return fail(ErrorKind::kFailed, "interrupted: the export is not complete");
        }
    }
    return buffer_->size() < kPiece ? Result<bool>(true) : flush();
}

Result<bool> ExportOutput::flush() {
    if (!path_.empty()) {
        return write_file();
    }
    const auto written = write_all(STDOUT_FILENO, *buffer_, signals_ == nullptr ? -1 : signals_->fd());
    if (!written) {
        return std::unexpected(written.error());
    }
    buffer_->clear();
    if (*written == Written::kInterrupted) {
        return fail(ErrorKind::kFailed, "interrupted: the export is not complete");
    }
    return *written == Written::kAll;
}

Result<bool> ExportOutput::write_file() {
    std::string_view rest = *buffer_;
    while (!rest.empty()) {
        const ssize_t count = ::write(file_.get(), rest.data(), rest.size());
        if (count < 0 && errno != EINTR) {
            return cannot_write(path_, errno);
        }
        rest.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    buffer_->clear();
    return true;
}

Result<void> ExportOutput::rename() {
    int done = ::renameat2(AT_FDCWD, unfinished_.c_str(), AT_FDCWD, path_.c_str(), force_ ? 0 : RENAME_NOREPLACE);
    if (done != 0 && errno == EINVAL) { // a file system that cannot tell
        done = ::rename(unfinished_.c_str(), path_.c_str());
    }
    if (done != 0) {
        return errno == EEXIST
                   ? fail(ErrorKind::kFailed,
                          fmt::format("{} exists by now: choose another name, or add --force", sanitize(path_)))
                   : cannot_write(path_, errno);
    }
    unfinished_.clear();
    return {};
}

Result<bool> ExportOutput::finish() {
    auto written = flush();
    if (!written || !*written || path_.empty()) {
        return written;
    }
    const int fd = file_.get();
    if (::fsync(fd) != 0 && errno != EINVAL) {
        return cannot_write(path_, errno);
    }
    const auto renamed = rename();
    return renamed ? Result<bool>(true) : std::unexpected(renamed.error());
}

} // namespace kfence
