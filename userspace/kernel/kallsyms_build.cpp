// SPDX-License-Identifier: Apache-2.0
#include "kernel/kallsyms_build.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/scan.h"

namespace kfence {
namespace {

constexpr std::string_view kPaddingPrefix = "__pfx_";
constexpr std::size_t kMaxNames = 0x7fffffff; // what is left of 32 bits by kPadding

bool is_text(char type) {
    return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

} // namespace

KallsymsBuilder::KallsymsBuilder(std::span<const std::string_view> also_find) : also_find_(also_find) {
    table_.names_.push_back('\0');
    table_.modules_.emplace_back();
    module_ids_.emplace("", std::uint16_t{0});
}

std::uint16_t KallsymsBuilder::module_index(std::string_view name) {
    if (!raw_.empty() && table_.modules_[raw_.back().module] == name) {
        return raw_.back().module;
    }
    if (const auto known = module_ids_.find(name); known != module_ids_.end()) {
        return known->second;
    }
    if (table_.modules_.size() > std::numeric_limits<std::uint16_t>::max()) {
        return 0;
    }
    const auto id = static_cast<std::uint16_t>(table_.modules_.size());
    table_.modules_.emplace_back(name);
    module_ids_.emplace(name, id);
    return id;
}

std::uint32_t KallsymsBuilder::intern(std::string_view name) {
    if (table_.names_.size() + name.size() + 1 > kMaxNames) {
        return 0;
    }
    const auto at = static_cast<std::uint32_t>(table_.names_.size());
    table_.names_.append(name);
    table_.names_.push_back('\0');
    return at;
}

void KallsymsBuilder::add(std::uint64_t address, std::string_view name, std::uint16_t module) {
    // "__pfx_f" lies right before "f", whose name then serves for both.
    if (!raw_.empty() && raw_.back().name != 0 && raw_.back().module == module) {
        const std::string_view before(table_.names_.c_str() + raw_.back().name);
        if (before.size() == name.size() + kPaddingPrefix.size() && before.starts_with(kPaddingPrefix) &&
            before.ends_with(name)) {
            const std::uint32_t shared = raw_.back().name;
            table_.names_.erase(shared, kPaddingPrefix.size()); // at the very end: nothing moves but this name
            raw_.back().name = shared | Kallsyms::kPadding;
            raw_.push_back({address, shared, module});
            return;
        }
    }
    raw_.push_back({address, intern(name), module});
}

/// A symbol that is not text ends the text symbol before it. Not so in a module: its text is a region of its own.
void KallsymsBuilder::add_end(std::uint64_t address, std::uint16_t module) {
    if (module == 0 && !raw_.empty() && raw_.back().name != 0 && raw_.back().module == 0 &&
        raw_.back().address < address) {
        raw_.push_back({address, 0, module});
    }
}

void KallsymsBuilder::line(std::string_view text) {
    const auto address = take_hex(text);
    if (!address || text.size() < 4 || text[0] != ' ' || text[2] != ' ') {
        return;
    }
    const char type = text[1];
    text.remove_prefix(3);
    const std::string_view name = take_until(text, '\t');
    std::string_view module;
    if (skip_prefix(text, "[")) {
        module = text.substr(0, text.rfind(']'));
    }
    lines_++;
    seen_addresses_ += *address != 0 ? 1 : 0;
    if (std::ranges::find(also_find_, name) != also_find_.end()) {
        table_.found_.push_back({std::string(name), *address, type});
    }
    if (name.empty() || *address == 0) {
        return; // blinded
    }
    const std::uint16_t id = module_index(module);
    if (is_text(type)) {
        add(*address, name, id);
    } else {
        add_end(*address, id);
    }
}

Kallsyms KallsymsBuilder::build() && {
    table_.blinded_ = lines_ > 0 && seen_addresses_ == 0;
    // Stable: of the symbols at one address the kernel names the first. The kernel's own are sorted already.
    if (!std::ranges::is_sorted(raw_, {}, &Raw::address)) {
        std::ranges::stable_sort(raw_, {}, &Raw::address);
    }
    table_.symbols_.reserve(raw_.size());
    for (const Raw& raw : raw_) {
        const auto index = static_cast<std::uint32_t>(table_.symbols_.size());
        if (table_.blocks_.empty() ||
            raw.address - table_.blocks_.back().base > std::numeric_limits<std::uint32_t>::max()) {
            table_.blocks_.push_back({raw.address, index});
        }
        if (table_.ranges_.empty() || table_.ranges_.back().module != raw.module) {
            table_.ranges_.push_back({index, raw.module});
        }
        table_.symbols_.push_back({static_cast<std::uint32_t>(raw.address - table_.blocks_.back().base), raw.name});
    }
    raw_ = {};
    table_.names_.shrink_to_fit();
    return std::move(table_);
}

Result<Kallsyms> Kallsyms::load(std::string_view root, std::span<const std::string_view> also_find) {
    const std::string path = rooted(root, "/proc/kallsyms");
    // Before the symbols: a module that comes in between makes the table stale, and not wrong.
    const std::uint64_t modules = modules_hash(root);
    auto fd = open_file(path);
    if (!fd) {
        return std::unexpected(fd.error());
    }
    constexpr std::size_t kMaxLine = 4096;
    KallsymsBuilder builder(also_find);
    std::string pending;
    std::vector<char> chunk(256UL * 1024);
    while (true) {
        const auto got = read_some(*fd, chunk.data(), chunk.size(), path);
        if (!got) {
            return std::unexpected(got.error());
        }
        if (*got == 0) {
            break;
        }
        pending.append(chunk.data(), *got);
        std::string_view rest = pending;
        for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
            builder.line(rest.substr(0, end));
            rest.remove_prefix(end + 1);
        }
        if (rest.size() > kMaxLine) {
            return fail(ErrorKind::kFailed, fmt::format("{} has a line without an end", sanitize(path)));
        }
        pending.erase(0, pending.size() - rest.size());
    }
    if (builder.lines() == 0) {
        return fail(ErrorKind::kUnsupported,
                    fmt::format("{} is empty; this kernel needs CONFIG_KALLSYMS", sanitize(path)));
    }
    Kallsyms table = std::move(builder).build();
    table.root_ = root;
    table.modules_hash_ = modules;
    return table;
}

} // namespace kfence
