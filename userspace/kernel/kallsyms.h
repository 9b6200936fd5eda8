// SPDX-License-Identifier: Apache-2.0
// /proc/kallsyms as a compact table: the text symbols, to print addresses as the kernel's %pS does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kfence {

/// A symbol that was looked for by name.
struct FoundSymbol {
    std::string name;
    std::uint64_t address = 0;
    char type = '?'; ///< as nm(1) has it
};

class Kallsyms {
public:
    /// Reads the table in one pass. Symbols of any type that are called one of `also_find` are kept besides; see
    /// found(). An empty or unreadable file is kUnsupported; blinded addresses are no error, see blinded().
    static Result<Kallsyms> load(std::string_view root, std::span<const std::string_view> also_find = {});

    /// "symbol+0xoff/0xsize", with " [module]" behind it for a module, or "0x..." where no symbol is near.
    /// Sizes are what the kernel prints (kernel/kallsyms.c kallsyms_lookup_size_offset()): the distance to the next
    /// symbol at another address. The last symbol of a module, whose end /proc does not tell, is taken to end with
    /// the page of `address`. Names are not sanitized. For the frame of a return address pass address - 1 as %pB does,
    /// or the address itself as KFENCE does (%pS).
    [[nodiscard]] std::string lookup(std::uint64_t address) const;

    /// The symbols asked for at load(), in the order of the file; several may have one name.
    [[nodiscard]] const std::vector<FoundSymbol>& found() const noexcept { return found_; }
    /// The address of the first of them with that name that is not 0.
    [[nodiscard]] std::optional<std::uint64_t> find(std::string_view name) const noexcept;

    /// All addresses are 0: kptr_restrict or a missing CAP_SYSLOG hides them (kernel/kallsyms.c
    /// kallsyms_show_value()).
    [[nodiscard]] bool blinded() const noexcept { return blinded_; }

    /// True when modules came or went since load(): then load() again. One read of /proc/modules.
    [[nodiscard]] bool stale() const;

    [[nodiscard]] std::size_t size() const noexcept { return symbols_.size(); }
    /// Bytes on the heap.
    [[nodiscard]] std::size_t memory() const noexcept;

private:
    friend class KallsymsBuilder;

    // Addresses are 32 bits from the base of their block: a block begins where that does not reach.
    struct Block {
        std::uint64_t base = 0;
        std::uint32_t first = 0; ///< index of its first symbol
    };
    // The name starts at `name & ~kPadding` in names_ and ends with a NUL. kPadding: with "__pfx_" before it, as
    // the padding before each function is called (x86, CONFIG_PREFIX_SYMBOLS).
    struct Symbol {
        std::uint32_t offset = 0;
        std::uint32_t name = 0;
    };
    // Symbols from `first` on belong to this module; kernel itself: "".
    struct Range {
        std::uint32_t first = 0;
        std::uint32_t module = 0; ///< index into modules_
    };
    static constexpr std::uint32_t kPadding = 0x80000000U;

    [[nodiscard]] std::uint64_t address_of(std::size_t index) const noexcept;
    [[nodiscard]] std::string name_of(const Symbol& symbol) const;
    [[nodiscard]] const std::string& module_of(std::size_t index) const noexcept;
    [[nodiscard]] std::optional<std::size_t> index_of(std::uint64_t address) const noexcept;
    [[nodiscard]] std::optional<std::uint64_t> end_of(std::size_t index, std::uint64_t address) const noexcept;

    std::string root_;
    std::uint64_t modules_hash_ = 0;
    std::vector<Block> blocks_;
    std::vector<Symbol> symbols_; ///< by address; a nameless one (offset of "") ends the one before it
    std::vector<Range> ranges_;
    std::vector<std::string> modules_;
    std::string names_; ///< begins with the NUL of the empty name
    std::vector<FoundSymbol> found_;
    bool blinded_ = false;
};

/// What a change of /proc/modules changes; 0 when there is no such file.
[[nodiscard]] std::uint64_t modules_hash(std::string_view root);

} // namespace kfence
