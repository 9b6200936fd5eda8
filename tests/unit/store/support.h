// SPDX-License-Identifier: Apache-2.0
// Recordings with literal events, in files of their own.
#pragma once

#include <string>
#include <vector>

#include "event/names.h"
#include "store/trace_cursor.h"
#include "store/writer.h"

namespace kfence::test {

inline constexpr KernelNs kSecond = 1'000'000'000;

/// A folder that goes with the test.
class Folder {
public:
    Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder();
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

/// What was recorded on a machine called `host`, from second 100 of its clock on.
[[nodiscard]] MachineInfo machine(const std::string& host = "web-17");

/// The writer of a new file with one machine. Fails the test when it cannot be made.
[[nodiscard]] TraceWriter writer(const std::string& path, const WriterOptions& options = {});

/// All rows of a file. Fails the test on an error.
[[nodiscard]] std::vector<TraceRecord> read_all(const std::string& path, Names& names, std::int64_t machine = 0);

/// The events of one kind.
template <typename T> [[nodiscard]] std::vector<T> only(const std::vector<TraceRecord>& records) {
    std::vector<T> out;
    for (const TraceRecord& record : records) {
        if (const T* event = std::get_if<T>(&record.event)) {
            out.push_back(*event);
        }
    }
    return out;
}

/// Three objects: 5 was there before; 3 comes and goes; 4 comes and stays.
[[nodiscard]] std::vector<Event> small_story(Names& names);

} // namespace kfence::test
