// SPDX-License-Identifier: Apache-2.0
// A source that plays a script, for tests of the tools: the same events at the same literal times in every
// run, whatever the machine does. It never stands in for the live path, and says "fixture" where a source
// names its backend.
#pragma once

#include <cstdint>
#include <deque>
#include <queue>
#include <string>
#include <vector>

#include "source/fixture_script.h"
#include "source/source.h"

namespace kfence {

class FixtureSource final : public Source {
public:
    explicit FixtureSource(FixtureScript script);

    [[nodiscard]] const SourceInfo& info() const noexcept override { return info_; }
    [[nodiscard]] Names& names() noexcept override { return names_; }
    /// Nothing to wait for: time goes on with each refresh only.
    [[nodiscard]] int wait_fd() const noexcept override { return -1; }
    Result<bool> drain(EventBatch& out, std::size_t max_events) override;
    Result<void> read_counters(EventBatch& out) override;
    /// Also lets the clock go on by one step, once per drain(): what happens in it arrives with the next one.
    Result<void> read_state(EventBatch& out) override;
    Result<void> walk(EventBatch& out) override;
    [[nodiscard]] KernelNs now() override { return clock_; }
    [[nodiscard]] bool finished() const noexcept override { return finished_; }

private:
    struct Due {
        KernelNs time = 0;
        std::uint64_t order = 0; ///< among equal times
        enum class Kind : std::uint8_t { kStream, kFree, kAction } kind = Kind::kAction;
        std::size_t index = 0; ///< of the stream, the slot or the action
        friend bool operator>(const Due& a, const Due& b) {
            return a.time != b.time ? a.time > b.time : a.order > b.order;
        }
    };

    void settle();
    void plan(KernelNs time, Due::Kind kind, std::size_t index);
    void play(const Due& due, EventBatch& out);
    void act(const FixtureAction& action, KernelNs time, EventBatch& out);
    void allocate(const FixtureStream& stream, KernelNs time, EventBatch& out);
    void release(Slot slot, KernelNs time, EventBatch& out);
    void report(const FixtureAction& action, KernelNs time, EventBatch& out);
    [[nodiscard]] StackId stack(std::string_view name);
    [[nodiscard]] SettingsEvent settings(KernelNs time) const;

    FixtureScript script_;
    SourceInfo info_;
    Names names_;
    KernelNs clock_;
    CountersEvent counters_;
    std::vector<SlotEvent> slots_;
    std::deque<Slot> free_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::uint64_t planned_ = 0;
    bool settings_changed_ = true;
    bool drained_ = false;
    bool finished_ = false;
    std::string failure_;
};

} // namespace kfence
