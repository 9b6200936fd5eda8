// SPDX-License-Identifier: Apache-2.0
#include "store/database.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "store/checksum_vfs.h"

namespace kfence {
namespace {

constexpr int kBusyTimeoutMs = 5000;
/// Bytes of a row. The longest that is written is the text of one query.
constexpr int kLongestValue = 1 << 20;

/// What users can do about it, where there is something.
std::string_view remedy(int code) noexcept {
    switch (code & 0xff) {
    case SQLITE_FULL:
        return ": free some space on its disk";
    case SQLITE_BUSY:
        return ": another program writes to it; wait for it, or end it";
    case SQLITE_CANTOPEN:
        return ": check that it exists, and that you may read it and write into its folder";
    case SQLITE_READONLY:
        return ": you may not write it or its folder; copy it, with its -wal file if it has one, to a folder of yours";
    case SQLITE_CORRUPT:
    case SQLITE_TOOBIG:
        return ": it is damaged";
    case SQLITE_NOTADB:
        return ": this is no recording of kfence-trace";
    default:
        return "";
    }
}

Error to_error(sqlite3* handle, const std::string& path, int code) {
    const int error = handle != nullptr ? sqlite3_errcode(handle) : code;
    if (code == SQLITE_IOERR_DATA) {
        return {.kind = ErrorKind::kFailed,
                .message =
                    fmt::format("{}: it is damaged: a page of it has changed since it was written", sanitize(path))};
    }
    const int cause = handle != nullptr ? sqlite3_system_errno(handle) : 0;
    if (cause == EMFILE || cause == ENFILE) {
        return {.kind = ErrorKind::kFailed,
                .message = fmt::format("{}: too many files are open: raise the limit (ulimit -n)", sanitize(path))};
    }
    const char* text = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    // What the file system answered says more than "disk I/O error".
    const bool says_nothing = (error & 0xff) == SQLITE_IOERR && cause != 0;
    const bool is_wrong_file = (error & 0xff) == SQLITE_CANTOPEN || (error & 0xff) == SQLITE_NOTADB;
    return {.kind = is_wrong_file ? ErrorKind::kUsage : ErrorKind::kFailed,
            .message = fmt::format("{}: {}{}", sanitize(path), says_nothing ? std::strerror(cause) : sanitize(text),
                                   remedy(error))};
}

int flags_of(OpenMode mode) noexcept {
    switch (mode) {
    case OpenMode::kRead:
        return SQLITE_OPEN_READONLY;
    case OpenMode::kCreate:
        return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case OpenMode::kWrite:
        break;
    }
    return SQLITE_OPEN_READWRITE;
}

} // namespace

void Statement::Finalize::operator()(sqlite3_stmt* handle) const noexcept {
    sqlite3_finalize(handle);
}

void Statement::bind(int parameter, std::int64_t value) noexcept {
    sqlite3_bind_int64(handle_.get(), parameter + 1, value);
}

void Statement::bind(int parameter, std::optional<std::int64_t> value) noexcept {
    if (value) {
        bind(parameter, *value);
    } else {
        bind_null(parameter);
    }
}

void Statement::bind(int parameter, std::string_view value) noexcept {
    sqlite3_bind_text64(handle_.get(), parameter + 1, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::bind_null(int parameter) noexcept {
    sqlite3_bind_null(handle_.get(), parameter + 1);
}

void Statement::bind_all(std::initializer_list<std::optional<std::int64_t>> values) noexcept {
    int parameter = 0;
    for (const auto& value : values) {
        bind(parameter++, value);
    }
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        sqlite3_reset(handle_.get());
        return false;
    }
    Error error = to_error(sqlite3_db_handle(handle_.get()), *path_, code);
    sqlite3_reset(handle_.get());
    return std::unexpected(std::move(error));
}

Result<void> Statement::run() {
    const Result<bool> stepped = step();
    if (!stepped) {
        return std::unexpected(stepped.error());
    }
    reset();
    return {};
}

void Statement::reset() noexcept {
    sqlite3_reset(handle_.get());
}

std::int64_t Statement::integer(int column) const noexcept {
    return sqlite3_column_int64(handle_.get(), column);
}

double Statement::real(int column) const noexcept {
    return sqlite3_column_double(handle_.get(), column);
}

std::optional<std::int64_t> Statement::optional(int column) const noexcept {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::string_view Statement::text(int column) const noexcept {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
    const int size = sqlite3_column_bytes(handle_.get(), column);
    return bytes == nullptr ? std::string_view() : std::string_view(bytes, static_cast<std::size_t>(size));
}

bool Statement::is_null(int column) const noexcept {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

bool Statement::is_integer_or_null(int column) const noexcept {
    const int type = sqlite3_column_type(handle_.get(), column);
    return type == SQLITE_INTEGER || type == SQLITE_NULL;
}

std::string_view Statement::column_name(int column) const noexcept {
    const char* name = sqlite3_column_name(handle_.get(), column);
    return name == nullptr ? std::string_view() : std::string_view(name);
}

void Database::Close::operator()(sqlite3* handle) const noexcept {
    sqlite3_close_v2(handle);
}

Database::Database(sqlite3* handle, std::string path)
    : handle_(handle), path_(std::make_unique<std::string>(std::move(path))) {}

Result<Database> Database::open(const std::string& path, OpenMode mode) {
    sqlite3* handle = nullptr;
    // A name is a name: no URI, and ":memory:" is a file.
    const std::string name = path.starts_with('/') ? path : "./" + path;
    const int code = sqlite3_open_v2(name.c_str(), &handle, flags_of(mode), checksum_vfs());
    Database database(handle, path);
    if (code != SQLITE_OK) {
        return std::unexpected(to_error(handle, path, code));
    }
    sqlite3_extended_result_codes(handle, 1);
    int reserved = kChecksumBytes; // of a file that is new
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kLongestValue);
    // The file may be anybody's: nothing in its schema is trusted, and its pages are checked.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    if (auto set = database.execute("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA cache_size=-2048;"
                                    "PRAGMA temp_store=FILE;");
        !set) {
        return std::unexpected(set.error());
    }
    return database;
}

int Database::reserved_bytes() const noexcept {
    int bytes = -1; // asks
    sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
    return bytes;
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (code != SQLITE_OK) {
        return std::unexpected(to_error(handle_.get(), *path_, code));
    }
    return Statement(handle, path_.get());
}

Result<void> Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return std::unexpected(to_error(handle_.get(), *path_, code));
    }
    return {};
}

Result<std::int64_t> Database::integer(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) {
        return std::unexpected(statement.error());
    }
    const auto row = statement->step();
    if (!row) {
        return std::unexpected(row.error());
    }
    return *row ? statement->integer(0) : 0;
}

} // namespace kfence
