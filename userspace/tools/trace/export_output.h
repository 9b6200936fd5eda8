// SPDX-License-Identifier: Apache-2.0
// Where an export goes: stdout, or a file that is there when it is complete and not before.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "tools/common/signals.h"
#include "tools/trace/export_options.h"

namespace kfence {

class ExportOutput {
public:
    /// Errors are kUsage: a file that exists, one that cannot be made. `signals` ends what takes long (nullptr: nothing
    /// does), and must live as long as this.
    [[nodiscard]] static Result<ExportOutput> create(const ExportOptions& options, SignalFd* signals);
    ExportOutput(ExportOutput&&) noexcept;
    ExportOutput& operator=(ExportOutput&&) = delete;
    ExportOutput(const ExportOutput&) = delete;
    ExportOutput& operator=(const ExportOutput&) = delete;
    /// A file that finish() was not called for is gone.
    ~ExportOutput();

    /// What is appended here is written in large pieces.
    [[nodiscard]] std::string& buffer() noexcept { return *buffer_; }

    /// Called now and then, and after every row at most. False: nobody reads any more, a quiet end. An interrupted
    /// export is an error.
    Result<bool> pass();
    /// Writes the rest; the file gets its name. False as above.
    Result<bool> finish();

private:
    ExportOutput() : buffer_(std::make_unique<std::string>()) {}
    Result<bool> flush();
    Result<bool> write_file();
    Result<void> rename();

    std::unique_ptr<std::string> buffer_; ///< stays where it is
    SignalFd* signals_ = nullptr;
    std::string path_; ///< empty: stdout
    std::string unfinished_;
    bool force_ = false;
    std::uint64_t passes_ = 0;
    UniqueFd file_;
};

} // namespace kfence
