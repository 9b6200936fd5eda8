// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/summary_stacks.h"

#include "view/describe.h"

namespace kfence {

std::string_view function_of(std::string_view frame) noexcept {
    const std::string_view symbol = frame_symbol(frame);
    const std::size_t dot = symbol.find('.');
    return dot == 0 ? symbol : symbol.substr(0, dot);
}

std::uint32_t SymbolStacks::function(std::uint32_t frame, std::string_view text) {
    if (frame >= by_frame_.size()) {
        by_frame_.resize(frame + std::size_t{1});
    }
    auto& known = by_frame_[frame];
    if (!known) {
        const auto number = static_cast<std::uint32_t>(functions_.size());
        known = functions_.try_emplace(std::string(function_of(text)), number).first->second;
    }
    return *known;
}

std::uint32_t SymbolStacks::group(StackId stack) {
    const auto index = static_cast<std::size_t>(stack);
    if (index >= by_stack_.size()) {
        by_stack_.resize(index + 1);
    }
    if (by_stack_[index]) {
        return *by_stack_[index];
    }
    const Stack& frames = names_->stack_of(stack);
    std::u32string key;
    for (std::size_t i = frames.skip < frames.frames.size() ? frames.skip : 0; i < frames.frames.size(); ++i) {
        key.push_back(function(frames.frames[i], names_->frame(frames, i)));
    }
    const auto [found, is_new] = groups_.try_emplace(std::move(key), static_cast<std::uint32_t>(first_.size()));
    if (is_new) {
        first_.push_back(stack);
    }
    by_stack_[index] = found->second;
    return found->second;
}

} // namespace kfence
