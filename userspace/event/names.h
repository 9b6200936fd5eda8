// SPDX-License-Identifier: Apache-2.0
// Interned cache names and stack traces. A source fills the table while it decodes; the model and the
// views only read it. Names are sanitized when they enter, so nothing that leaves the table can harm a
// terminal or a file.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/ids.h"

namespace kfence {

/// A stack trace with its frames as text, innermost first: "symbol+0xoff/0xsize [module]" as the kernel's
/// %pS prints them. Frames of the allocator's own functions (as get_stack_skipnr() of mm/kfence/report.c
/// drops them) are counted in `skip`, and stay in `frames`.
struct Stack {
    std::vector<std::uint32_t> frames; ///< indices into the frame texts of the table
    std::size_t skip = 0;              ///< how many of them belong to the allocator
    std::uint64_t hash = 0;            ///< the same for the same frames as long as the table lives
};

/// The name under which the caches are shown together that were forgotten.
inline constexpr std::string_view kOtherCaches = "<other>";

class Names {
public:
    /// Turns the address of a frame into text when a stack is seen for the first time.
    using Resolver = std::function<std::string(std::uint64_t address)>;

    Names();

    /// The id of a cache name; the same name has the same id. An empty name is kNoCache.
    CacheId cache(std::string_view hostile_name);
    /// The id of a stack of return addresses, innermost first. `resolve` is called for frames that are new.
    /// An empty stack is kNoStack.
    StackId stack(std::span<const std::uint64_t> addresses, const Resolver& resolve);
    /// The id of a stack whose frames are text already (debugfs, a trace file, a simulation). `skip` of them belong to
    /// the allocator: none in the text of debugfs, which leaves them out.
    StackId stack(std::span<const std::string> frames, std::size_t skip = 0);

    [[nodiscard]] const std::string& cache_name(CacheId id) const; ///< "" for kNoCache
    [[nodiscard]] const Stack& stack_of(StackId id) const;         ///< no frames for kNoStack
    /// Tells stacks apart also after their ids were given to others; 0 for kNoStack.
    [[nodiscard]] std::uint64_t stack_hash(StackId id) const { return stack_of(id).hash; }
    /// The text of frame `i` of a stack: "symbol+0xoff/0xsize [module]".
    [[nodiscard]] const std::string& frame(const Stack& stack, std::size_t i) const;
    /// The return address of frame `i`; 0 when its text was all that was known. A text has the last address that it
    /// had.
    [[nodiscard]] std::uint64_t address(const Stack& stack, std::size_t i) const;
    [[nodiscard]] std::size_t cache_count() const noexcept { return cache_ids_.size(); }
    [[nodiscard]] std::size_t stack_count() const noexcept { return live_stacks_; }
    /// Another number means that ids were forgotten meanwhile, and may stand for other stacks or caches now. The
    /// indices of frames never change.
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

    /// Forgets the stacks for which `in_use(id)` is false; their ids may be given to other stacks later. Stacks in
    /// use keep their ids. The texts of single frames stay: their number is bounded by the kernel's text.
    /// Called by the owner of the loop when the table has grown past what it wants to hold.
    void forget_stacks(const std::function<bool(StackId)>& in_use);

    /// Forgets these caches; their ids may be given to others later. Called by the owner of the loop, for caches that
    /// nothing refers to any more.
    void forget_caches(std::span<const CacheId> caches);

private:
    struct VectorHash {
        std::size_t operator()(const std::vector<std::uint64_t>& v) const noexcept;
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view v) const noexcept { return std::hash<std::string_view>{}(v); }
    };

    std::uint32_t intern_frame(std::string text);
    StackId install(std::vector<std::uint64_t> key, Stack stack);

    std::deque<std::string> caches_;
    std::unordered_map<std::string, CacheId, TextHash, std::equal_to<>> cache_ids_;
    std::vector<CacheId> free_cache_ids_;
    std::deque<std::string> frames_;
    std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> frame_ids_;
    std::unordered_map<std::uint64_t, std::uint32_t> address_frames_;
    std::vector<std::uint64_t> frame_addresses_; ///< by index of the frame, as far as there are any
    std::deque<Stack> stacks_;
    std::unordered_map<std::vector<std::uint64_t>, StackId, VectorHash> stack_ids_;
    std::vector<StackId> free_stack_ids_;
    std::vector<std::uint64_t> key_; ///< kept for its memory: looking up a known stack allocates nothing
    std::size_t live_stacks_ = 0;
    std::uint64_t generation_ = 0;
};

/// True for a function that get_stack_skipnr() (mm/kfence/report.c, 6.12) treats as an entry point of the
/// slab allocator; `is_internal` for what lies below it.
[[nodiscard]] bool is_allocator_entry(std::string_view symbol) noexcept;
[[nodiscard]] bool is_allocator_internal(std::string_view symbol) noexcept;
/// How many of the innermost frames belong to the allocator, by the kernel's own rule.
[[nodiscard]] std::size_t allocator_frames(std::span<const std::string_view> symbols) noexcept;

} // namespace kfence
