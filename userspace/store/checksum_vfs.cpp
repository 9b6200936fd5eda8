// SPDX-License-Identifier: Apache-2.0
#include "store/checksum_vfs.h"

#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kfence {
namespace {

constexpr const char* kName = "kfence-checksum";
constexpr std::size_t kCovered = kPageBytes - kChecksumBytes;

/// One of ours; the file of the layer below follows it.
struct ChecksumFile {
    sqlite3_file base;
};

sqlite3_vfs* below() noexcept {
    static sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    return vfs;
}

sqlite3_file* real(sqlite3_file* file) noexcept {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<ChecksumFile*>(file) + 1);
}

/// Each step is a bijection of what came before, so a change of one word always shows.
std::uint64_t checksum(const std::byte* page, sqlite3_int64 offset) noexcept {
    std::uint64_t sum = 0x9e3779b97f4a7c15ULL ^ static_cast<std::uint64_t>(offset);
    for (std::size_t i = 0; i < kCovered; i += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, page + i, sizeof word);
        sum = (sum ^ word) * 0xff51afd7ed558ccdULL;
        sum ^= sum >> 32U;
    }
    return sum == 0 ? 1 : sum; // 0 stands for none
}

/// The first page of a database with room for checksums; what is none is for SQLite to refuse.
bool is_ours(const std::byte* first_page) noexcept {
    constexpr char kMagic[] = "SQLite format 3"; // https://www.sqlite.org/fileformat2.html, with its NUL
    constexpr std::size_t kReservedByte = 20;
    return std::memcmp(first_page, kMagic, sizeof kMagic) == 0 &&
           first_page[kReservedByte] == static_cast<std::byte>(kChecksumBytes);
}

int read(sqlite3_file* file, void* buffer, int amount, sqlite3_int64 offset) {
    const int status = real(file)->pMethods->xRead(real(file), buffer, amount, offset);
    if (status != SQLITE_OK || amount != kPageBytes) {
        return status;
    }
    auto* page = static_cast<std::byte*>(buffer);
    if (offset == 0 && !is_ours(page)) {
        return SQLITE_OK;
    }
    std::uint64_t stored = 0;
    std::memcpy(&stored, page + kCovered, sizeof stored);
    if (stored != 0 && stored != checksum(page, offset)) {
        return SQLITE_IOERR_DATA;
    }
    // What goes to the log from here has none, until it comes back to the file.
    std::memset(page + kCovered, 0, sizeof stored);
    return SQLITE_OK;
}

int write(sqlite3_file* file, const void* buffer, int amount, sqlite3_int64 offset) {
    if (amount != kPageBytes) {
        return real(file)->pMethods->xWrite(real(file), buffer, amount, offset);
    }
    std::array<std::byte, kPageBytes> page{};
    std::memcpy(page.data(), buffer, kCovered);
    const std::uint64_t sum = checksum(page.data(), offset);
    std::memcpy(page.data() + kCovered, &sum, sizeof sum);
    return real(file)->pMethods->xWrite(real(file), page.data(), amount, offset);
}

/// A method that the layer below does alone.
template <auto Method, typename... Args> int pass(sqlite3_file* file, Args... args) {
    return (real(file)->pMethods->*Method)(real(file), args...);
}

void shm_barrier(sqlite3_file* file) {
    real(file)->pMethods->xShmBarrier(real(file));
}

/// Pages that are mapped would not be checked.
int fetch(sqlite3_file* /*file*/, sqlite3_int64 /*offset*/, int /*amount*/, void** page) {
    *page = nullptr;
    return SQLITE_OK;
}

int unfetch(sqlite3_file* /*file*/, sqlite3_int64 /*offset*/, void* /*page*/) {
    return SQLITE_OK;
}

using Io = sqlite3_io_methods;

const sqlite3_io_methods kMethods = {
    .iVersion = 3,
    .xClose = pass<&Io::xClose>,
    .xRead = read,
    .xWrite = write,
    .xTruncate = pass<&Io::xTruncate, sqlite3_int64>,
    .xSync = pass<&Io::xSync, int>,
    .xFileSize = pass<&Io::xFileSize, sqlite3_int64*>,
    .xLock = pass<&Io::xLock, int>,
    .xUnlock = pass<&Io::xUnlock, int>,
    .xCheckReservedLock = pass<&Io::xCheckReservedLock, int*>,
    .xFileControl = pass<&Io::xFileControl, int, void*>,
    .xSectorSize = pass<&Io::xSectorSize>,
    .xDeviceCharacteristics = pass<&Io::xDeviceCharacteristics>,
    .xShmMap = pass<&Io::xShmMap, int, int, int, void volatile**>,
    .xShmLock = pass<&Io::xShmLock, int, int, int>,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = pass<&Io::xShmUnmap, int>,
    .xFetch = fetch,
    .xUnfetch = unfetch,
};

/// The database itself is ours; the log has checksums of its own, and goes to the layer below as it is.
int open(sqlite3_vfs* /*vfs*/, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0) {
        return below()->xOpen(below(), name, file, flags, out_flags);
    }
    const int status = below()->xOpen(below(), name, real(file), flags, out_flags);
    // SQLite closes what has methods, whether it was opened or not.
    file->pMethods = real(file)->pMethods == nullptr ? nullptr : &kMethods;
    return status;
}

bool add_vfs() noexcept {
    if (below() == nullptr) {
        return false;
    }
    static sqlite3_vfs vfs = *below(); // what does not concern files of ours, it does itself
    vfs.szOsFile = below()->szOsFile + static_cast<int>(sizeof(ChecksumFile));
    vfs.zName = kName;
    vfs.pNext = nullptr;
    vfs.xOpen = open;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
}

} // namespace

const char* checksum_vfs() noexcept {
    static const bool is_there = add_vfs();
    return is_there ? kName : nullptr;
}

} // namespace kfence
