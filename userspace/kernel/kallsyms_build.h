// SPDX-License-Identifier: Apache-2.0
// From the lines of /proc/kallsyms to the table.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/kallsyms.h"

namespace kfence {

class KallsymsBuilder {
public:
    /// `also_find` must outlive the builder.
    explicit KallsymsBuilder(std::span<const std::string_view> also_find);

    /// One line, without its end: "address type name" and perhaps "\t[module]". Others are skipped.
    void line(std::string_view text);

    [[nodiscard]] std::size_t lines() const noexcept { return lines_; }

    Kallsyms build() &&;

private:
    struct Raw {
        std::uint64_t address = 0;
        std::uint32_t name = 0;
        std::uint16_t module = 0;
    };

    void add(std::uint64_t address, std::string_view name, std::uint16_t module);
    void add_end(std::uint64_t address, std::uint16_t module);
    std::uint16_t module_index(std::string_view name);
    std::uint32_t intern(std::string_view name);

    std::span<const std::string_view> also_find_;
    std::vector<Raw> raw_;
    std::map<std::string, std::uint16_t, std::less<>> module_ids_;
    std::size_t lines_ = 0;
    std::size_t seen_addresses_ = 0;
    Kallsyms table_;
};

} // namespace kfence
