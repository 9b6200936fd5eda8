// SPDX-License-Identifier: Apache-2.0
// Any bytes as a recording: an error or an answer, never a crash. A libFuzzer target; see docs/testing.md.
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.h"
#include "store/checksum_vfs.h"
#include "store/trace_cursor.h"
#include "tools/trace/verify.h"

namespace {

using namespace kfence;

const std::string& path() {
    static const std::string name = [] {
        std::error_code none;
        const bool memory = std::filesystem::is_directory("/dev/shm", none);
        std::string made =
            (memory ? "/dev/shm" : std::filesystem::temp_directory_path().string()) + "/kfence-fuzz-XXXXXX";
        ::close(::mkstemp(made.data()));
        std::atexit([] { std::remove(path().c_str()); });
        return made;
    }();
    return name;
}

void write_file(const std::vector<std::uint8_t>& bytes) {
    const UniqueFd fd(::open(path().c_str(), O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600));
    if (!fd || ::write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
        std::abort();
    }
}

/// Checksums would end each run at the first page that was changed: pages without one are not checked.
void remove_checksums(std::vector<std::uint8_t>& bytes) {
    for (std::size_t page = 0; page + kPageBytes <= bytes.size(); page += kPageBytes) {
        for (int i = 1; i <= kChecksumBytes; ++i) {
            bytes[page + kPageBytes - static_cast<std::size_t>(i)] = 0;
        }
    }
}

void read_all(TraceFile& file) {
    Names names;
    auto cursor = TraceCursor::create(file, names);
    if (!cursor) {
        return;
    }
    TraceRecord record;
    for (auto more = cursor->next(record); more && *more; more = cursor->next(record)) {
        static_cast<void>(file.unix_time(record.machine, 1));
        static_cast<void>(cursor->shadow(record.machine).used());
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::uint8_t> bytes(data, data + size);
    remove_checksums(bytes);
    write_file(bytes);
    auto file = TraceFile::open(path());
    if (file) {
        read_all(*file);
        const Verdict verdict = verify_trace(*file);
        static_cast<void>(render_verdict(verdict, *file));
    }
    return 0;
}
