// SPDX-License-Identifier: Apache-2.0
// A fake kernel as a source: time goes on with each refresh.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "../model/fake_kernel.h"
#include "source/source.h"

namespace kfence::test {

class KernelSource final : public Source {
public:
    KernelSource(FakeKernel& kernel, std::uint64_t step_ns) : kernel_(kernel), step_ns_(step_ns) {
        info_.host = "fake";
        info_.kernel = "6.12.0";
        info_.backend = "fake";
        // The ids that the fake kernel uses.
        for (int i = 0; i < 64; ++i) {
            static_cast<void>(names_.cache("cache-" + std::to_string(i)));
            static_cast<void>(names_.stack(std::vector<std::string>{"f" + std::to_string(i) + "+0x1/0x2"}));
        }
    }

    [[nodiscard]] const SourceInfo& info() const noexcept override { return info_; }
    [[nodiscard]] Names& names() noexcept override { return names_; }
    [[nodiscard]] int wait_fd() const noexcept override { return -1; }
    Result<bool> drain(EventBatch& out, std::size_t max_events) override {
        const bool complete = kernel_.drain(out, max_events);
        out.insert(out.end(), std::make_move_iterator(extra.begin()), std::make_move_iterator(extra.end()));
        extra.clear();
        return complete;
    }
    Result<void> read_counters(EventBatch& out) override {
        kernel_.read_counters(out);
        return {};
    }
    Result<void> read_state(EventBatch& out) override {
        kernel_.advance(step_ns_);
        kernel_.read_losses(out);
        return {};
    }
    Result<void> walk(EventBatch& out) override {
        kernel_.walk(out);
        return {};
    }
    [[nodiscard]] KernelNs now() override { return kernel_.now(); }

    EventBatch extra; ///< comes with the next drain

private:
    FakeKernel& kernel_;
    std::uint64_t step_ns_;
    SourceInfo info_;
    Names names_;
};

} // namespace kfence::test
