// SPDX-License-Identifier: Apache-2.0
#include "event/names.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace kfence {
namespace {

// First word of a key: stacks of addresses and stacks of frame indices never meet.
constexpr std::uint64_t kAddressKey = 0;
constexpr std::uint64_t kTextKey = 1;

/// "symbol+0x1/0x2 [module]" -> "symbol"
std::string_view symbol_of(std::string_view frame) noexcept {
    return frame.substr(0, frame.find('+'));
}

} // namespace

std::size_t Names::VectorHash::operator()(const std::vector<std::uint64_t>& v) const noexcept {
    std::uint64_t hash = 0x9e3779b97f4a7c15ULL ^ v.size();
    for (const std::uint64_t word : v) {
        hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
        hash ^= hash >> 32U;
    }
    return static_cast<std::size_t>(hash);
}

Names::Names() {
    caches_.emplace_back();
    stacks_.emplace_back();
}

CacheId Names::cache(std::string_view hostile_name) {
    if (hostile_name.empty()) {
        return kNoCache;
    }
    // The keys are sanitized names: a clean name, which nearly all are, is found without a copy.
    if (const auto found = cache_ids_.find(hostile_name); found != cache_ids_.end()) {
        return found->second;
    }
    std::string name = sanitize(hostile_name);
    if (const auto found = cache_ids_.find(name); found != cache_ids_.end()) {
        return found->second;
    }
    auto id = static_cast<CacheId>(caches_.size());
    if (free_cache_ids_.empty()) {
        caches_.push_back(name);
    } else {
        id = free_cache_ids_.back();
        free_cache_ids_.pop_back();
        caches_[static_cast<std::size_t>(id)] = name;
    }
    cache_ids_.emplace(std::move(name), id);
    return id;
}

std::uint32_t Names::intern_frame(std::string text) {
    if (!is_clean(text)) {
        text = sanitize(text);
    }
    if (const auto found = frame_ids_.find(text); found != frame_ids_.end()) {
        return found->second;
    }
    const auto index = static_cast<std::uint32_t>(frames_.size());
    frames_.push_back(text);
    frame_ids_.emplace(std::move(text), index);
    return index;
}

StackId Names::install(std::vector<std::uint64_t> key, Stack stack) {
    StackId id = kNoStack;
    stack.hash = static_cast<std::uint64_t>(VectorHash{}(key)) | 1U; // never 0
    if (free_stack_ids_.empty()) {
        id = static_cast<StackId>(stacks_.size());
        stacks_.push_back(std::move(stack));
    } else {
        id = free_stack_ids_.back();
        free_stack_ids_.pop_back();
        stacks_[static_cast<std::size_t>(id)] = std::move(stack);
    }
    stack_ids_.emplace(std::move(key), id);
    ++live_stacks_;
    return id;
}

StackId Names::stack(std::span<const std::uint64_t> addresses, const Resolver& resolve) {
    if (addresses.empty()) {
        return kNoStack;
    }
    key_.assign(1, kAddressKey);
    key_.insert(key_.end(), addresses.begin(), addresses.end());
    if (const auto found = stack_ids_.find(key_); found != stack_ids_.end()) {
        return found->second;
    }
    Stack stack;
    std::vector<std::string_view> symbols;
    for (const std::uint64_t address : addresses) {
        auto known = address_frames_.find(address);
        if (known == address_frames_.end()) {
            known = address_frames_.emplace(address, intern_frame(resolve(address))).first;
            frame_addresses_.resize(frames_.size());
            frame_addresses_[known->second] = address;
        }
        stack.frames.push_back(known->second);
        symbols.push_back(symbol_of(frames_[known->second]));
    }
    stack.skip = allocator_frames(symbols);
    return install(key_, std::move(stack));
}

StackId Names::stack(std::span<const std::string> frames, std::size_t skip) {
    if (frames.empty()) {
        return kNoStack;
    }
    Stack stack;
    stack.skip = std::min(skip, frames.size());
    key_.assign({kTextKey, stack.skip});
    for (const std::string& text : frames) {
        stack.frames.push_back(intern_frame(text));
        key_.push_back(stack.frames.back());
    }
    if (const auto found = stack_ids_.find(key_); found != stack_ids_.end()) {
        return found->second;
    }
    return install(key_, std::move(stack));
}

const std::string& Names::cache_name(CacheId id) const {
    return caches_.at(static_cast<std::size_t>(id));
}

const Stack& Names::stack_of(StackId id) const {
    return stacks_.at(static_cast<std::size_t>(id));
}

const std::string& Names::frame(const Stack& stack, std::size_t i) const {
    return frames_.at(stack.frames.at(i));
}

std::uint64_t Names::address(const Stack& stack, std::size_t i) const {
    const std::uint32_t frame = stack.frames.at(i);
    return frame < frame_addresses_.size() ? frame_addresses_[frame] : 0;
}

void Names::forget_stacks(const std::function<bool(StackId)>& in_use) {
    ++generation_;
    std::erase_if(stack_ids_, [&](const auto& entry) {
        const StackId id = entry.second;
        if (in_use(id)) {
            return false;
        }
        stacks_[static_cast<std::size_t>(id)] = Stack{};
        free_stack_ids_.push_back(id);
        --live_stacks_;
        return true;
    });
    // A module may have been unloaded and another loaded in its place: resolve again what comes again.
    address_frames_.clear();
}

void Names::forget_caches(std::span<const CacheId> caches) {
    ++generation_;
    for (const CacheId id : caches) {
        std::string& name = caches_.at(static_cast<std::size_t>(id));
        if (cache_ids_.erase(name) != 0) {
            name.clear();
            free_cache_ids_.push_back(id);
        }
    }
}

} // namespace kfence
