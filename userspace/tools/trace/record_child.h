// SPDX-License-Identifier: Apache-2.0
// The program that a recording is made of: kfence-trace record -- CMD.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace kfence {

/// kUsage when there is no such program: asked before a file is made for its recording.
[[nodiscard]] Result<void> check_program(const std::string& name);

class RecordChild {
public:
    /// Starts it, with the signals that this process blocks unblocked. Errors are kUsage and name the program.
    [[nodiscard]] static Result<RecordChild> start(const std::vector<std::string>& command);
    RecordChild(RecordChild&& other) noexcept;
    RecordChild& operator=(RecordChild&&) = delete;
    RecordChild(const RecordChild&) = delete;
    RecordChild& operator=(const RecordChild&) = delete;
    /// One that still runs gets a SIGTERM, and is not waited for.
    ~RecordChild();

    /// To be called after a SIGCHLD. True when it has ended.
    bool has_ended();
    /// "exited with status 3", "was ended by signal 9 (Killed)"; "still runs, and was sent a SIGTERM" while it runs.
    [[nodiscard]] std::string outcome() const;

private:
    explicit RecordChild(pid_t pid) noexcept : pid_(pid) {}

    pid_t pid_;
    std::optional<int> status_; ///< as of waitpid()
};

} // namespace kfence
