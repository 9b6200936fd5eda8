// SPDX-License-Identifier: Apache-2.0
// SQLite behind a wall: owners of connections and statements, errors as Result.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace kfence {

class Database;

/// A prepared statement. Parameters and columns count from 0. It must not outlive its database.
class Statement {
public:
    Statement() = default;

    void bind(int parameter, std::int64_t value) noexcept;
    void bind(int parameter, std::optional<std::int64_t> value) noexcept;
    /// Copies the text.
    void bind(int parameter, std::string_view value) noexcept;
    void bind_null(int parameter) noexcept;
    /// Binds all of them, from the first one on.
    void bind_all(std::initializer_list<std::optional<std::int64_t>> values) noexcept;

    /// True when there is a row. After false the statement starts again with the next step().
    Result<bool> step();
    /// For a statement without rows: runs it, and makes it ready for the next time.
    Result<void> run();
    /// Starts again.
    void reset() noexcept;

    /// Columns of the present row.
    [[nodiscard]] std::int64_t integer(int column) const noexcept;
    [[nodiscard]] double real(int column) const noexcept;
    [[nodiscard]] std::optional<std::int64_t> optional(int column) const noexcept;
    /// Valid until the next step() or reset(). Bytes are as they are in the file: hostile.
    [[nodiscard]] std::string_view text(int column) const noexcept;
    /// False for text and bytes where a number belongs: integer() makes something of them.
    [[nodiscard]] bool is_integer_or_null(int column) const noexcept;
    [[nodiscard]] bool is_null(int column) const noexcept;
    /// Of the statement, not of a row.
    [[nodiscard]] std::string_view column_name(int column) const noexcept;

    explicit operator bool() const noexcept { return handle_ != nullptr; }

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const noexcept;
    };
    Statement(sqlite3_stmt* handle, const std::string* path) noexcept : handle_(handle), path_(path) {}

    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
    const std::string* path_ = nullptr;
};

enum class OpenMode {
    kRead,   ///< an existing file; nothing in it is changed
    kCreate, ///< a file that does not exist or is empty
    kWrite,  ///< an existing file
};

class Database {
public:
    /// Errors name the file.
    [[nodiscard]] static Result<Database> open(const std::string& path, OpenMode mode);

    Result<Statement> prepare(std::string_view sql);
    /// Runs one or more statements without rows.
    Result<void> execute(const std::string& sql);
    /// The first column of the first row.
    Result<std::int64_t> integer(std::string_view sql);

    /// At the end of each page, bytes.
    [[nodiscard]] int reserved_bytes() const noexcept;

    [[nodiscard]] const std::string& path() const noexcept { return *path_; }

private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };
    Database(sqlite3* handle, std::string path);

    std::unique_ptr<sqlite3, Close> handle_;
    std::unique_ptr<std::string> path_; ///< statements point to it
};

} // namespace kfence
