// SPDX-License-Identifier: Apache-2.0
// A recording, opened for reading. Files come from anybody: what is read is checked, and a damaged file gives an error
// or a correct answer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "store/writer.h"

namespace kfence {

class TraceFile {
public:
    /// Errors are kUsage for what is no recording, or one of a version that this tool does not know.
    [[nodiscard]] static Result<TraceFile> open(const std::string& path);

    /// By number: the machine N of a row is machines()[N - 1]. At least one.
    [[nodiscard]] const std::vector<MachineInfo>& machines() const noexcept { return machines_; }

    /// The number of the machine that `wanted` names, by number or host; 0 for an empty name. Errors are kUsage.
    [[nodiscard]] Result<std::int64_t> machine(std::string_view wanted) const;

    /// Wall time of a moment of a machine's kernel clock, by the anchors of its recording. Unix time, ns.
    [[nodiscard]] std::int64_t unix_time(std::int64_t machine, KernelNs time) const noexcept;

    /// True while another process records into it.
    [[nodiscard]] bool is_being_recorded() const noexcept { return is_being_recorded_; }
    /// False when it is being recorded, or its recording was cut off.
    [[nodiscard]] bool is_complete() const noexcept;

    [[nodiscard]] const std::string& path() const noexcept { return database_.path(); }
    /// For queries of its own; statements must not outlive the file.
    [[nodiscard]] Database& database() noexcept { return database_; }

private:
    explicit TraceFile(Database database) noexcept : database_(std::move(database)) {}
    Result<void> check_schema();
    Result<void> read_machines();

    Database database_;
    std::vector<MachineInfo> machines_;
    bool is_being_recorded_ = false;
};

} // namespace kfence
