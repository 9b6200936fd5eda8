// SPDX-License-Identifier: Apache-2.0
#include "kernel/kallsyms.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include <fmt/format.h>

#include "kernel/file.h"

namespace kfence {
namespace {

constexpr std::uint64_t kPage = 4096;

// How far a function may reach that has no symbol behind it; past that an address is nobody's.
constexpr std::uint64_t kLastReach = kPage;

std::uint64_t page_end(std::uint64_t address) {
    return (address / kPage + 1) * kPage;
}

} // namespace

std::uint64_t Kallsyms::address_of(std::size_t index) const noexcept {
    const auto after =
        std::ranges::upper_bound(blocks_, index, {}, [](const Block& b) { return std::size_t{b.first}; });
    return std::prev(after)->base + symbols_[index].offset;
}

std::string Kallsyms::name_of(const Symbol& symbol) const {
    const char* name = names_.c_str() + (symbol.name & ~kPadding);
    return (symbol.name & kPadding) != 0 ? fmt::format("__pfx_{}", name) : std::string(name);
}

const std::string& Kallsyms::module_of(std::size_t index) const noexcept {
    const auto after =
        std::ranges::upper_bound(ranges_, index, {}, [](const Range& r) { return std::size_t{r.first}; });
    return modules_[std::prev(after)->module];
}

/// The first of the symbols that share the highest address that is not above `address`, as the kernel has it.
std::optional<std::size_t> Kallsyms::index_of(std::uint64_t address) const noexcept {
    const auto block = std::ranges::upper_bound(blocks_, address, {}, &Block::base);
    if (block == blocks_.begin()) {
        return std::nullopt;
    }
    const Block& in = *std::prev(block);
    const auto begin = symbols_.begin() + in.first;
    const auto end = block == blocks_.end() ? symbols_.end() : symbols_.begin() + block->first;
    const std::uint64_t offset = address - in.base;
    const auto after =
        std::upper_bound(begin, end, offset, [](std::uint64_t value, const Symbol& s) { return value < s.offset; });
    const auto first = std::lower_bound(begin, after, std::prev(after)->offset,
                                        [](const Symbol& s, std::uint32_t value) { return s.offset < value; });
    return static_cast<std::size_t>(first - symbols_.begin());
}

/// Where the symbol ends that begins at `index` and is thought to hold `address`.
std::optional<std::uint64_t> Kallsyms::end_of(std::size_t index, std::uint64_t address) const noexcept {
    const std::uint64_t start = address_of(index);
    std::size_t next = index + 1;
    while (next < symbols_.size() && address_of(next) == start) {
        next++;
    }
    const bool last = next == symbols_.size() || module_of(next) != module_of(index);
    if (!last) {
        return address_of(next);
    }
    return address - start < kLastReach ? std::optional(page_end(address)) : std::nullopt;
}

std::string Kallsyms::lookup(std::uint64_t address) const {
    const auto index = blinded_ ? std::nullopt : index_of(address);
    const auto end = index ? end_of(*index, address) : std::nullopt;
    if (!end || names_[symbols_[*index].name & ~kPadding] == '\0') {
        return fmt::format("0x{:x}", address);
    }
    const std::uint64_t start = address_of(*index);
    std::string text = fmt::format("{}+0x{:x}/0x{:x}", name_of(symbols_[*index]), address - start, *end - start);
    if (const std::string& module = module_of(*index); !module.empty()) {
        text += fmt::format(" [{}]", module);
    }
    return text;
}

std::optional<std::uint64_t> Kallsyms::find(std::string_view name) const noexcept {
    const auto at = std::ranges::find_if(
        found_, [&](const FoundSymbol& symbol) { return symbol.name == name && symbol.address != 0; });
    return at == found_.end() ? std::nullopt : std::optional(at->address);
}

bool Kallsyms::stale() const {
    return modules_hash(root_) != modules_hash_;
}

std::size_t Kallsyms::memory() const noexcept {
    return blocks_.capacity() * sizeof(Block) + symbols_.capacity() * sizeof(Symbol) +
           ranges_.capacity() * sizeof(Range) + modules_.capacity() * sizeof(std::string) + names_.capacity();
}

std::uint64_t modules_hash(std::string_view root) {
    constexpr std::size_t kModulesLimit = 4UL * 1024 * 1024;
    auto text = read_file(rooted(root, "/proc/modules"), kModulesLimit);
    if (!text) {
        return 0;
    }
    // Only name, size and the rest of the identity: reference counts change all the time.
    std::uint64_t hash = 0;
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto second = line.find(' ', line.find(' ') + 1);
        const auto base = line.rfind(" 0x");
        hash = hash * 31 + std::hash<std::string_view>{}(line.substr(0, second));
        if (base != std::string_view::npos) {
            hash = hash * 31 + std::hash<std::string_view>{}(line.substr(base));
        }
    }
    return hash;
}

} // namespace kfence
