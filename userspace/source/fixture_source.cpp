// SPDX-License-Identifier: Apache-2.0
#include "source/fixture_source.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"

namespace kfence {
namespace {

/// The enumerator whose text is `text`; the first one when there is none.
template <typename Enum> Enum named(std::string_view text, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        if (to_string(static_cast<Enum>(i)) == text) {
            return static_cast<Enum>(i);
        }
    }
    return Enum{};
}

std::optional<std::uint64_t> setting(const FixtureWords& words, std::string_view key) {
    return words.contains(key) ? std::optional(fixture_number(words, key)) : std::nullopt;
}

void add_to(std::optional<std::uint64_t>& counter, std::uint64_t more) {
    counter = counter.value_or(0) + more;
}

/// Ages in equal ratios from the youngest to the oldest, as the ages in a pool are.
std::uint64_t age_of(const FixtureObjects& group, std::uint32_t i) {
    if (group.count < 2 || group.youngest_ns == 0) {
        return group.oldest_ns;
    }
    const double low = static_cast<double>(group.youngest_ns);
    const double ratio = static_cast<double>(group.oldest_ns) / low;
    return static_cast<std::uint64_t>(low * std::pow(ratio, static_cast<double>(i) / (group.count - 1)));
}

} // namespace

FixtureSource::FixtureSource(FixtureScript script) : script_(std::move(script)), clock_(script_.start) {
    info_.host = sanitize(script_.host);
    info_.kernel = sanitize(script_.kernel);
    info_.backend = "fixture";
    info_.blind = {"anything: its events are written in a file"};
    counters_.enabled = fixture_number(script_.settings, "interval") > 0;
    counters_.skip_incompatible = fixture_number(script_.base, "incompatible");
    counters_.skip_capacity = fixture_number(script_.base, "capacity");
    counters_.skip_covered = fixture_number(script_.base, "covered");
    for (Slot slot = 0; slot < script_.objects; ++slot) {
        slots_.push_back({.slot = slot, .task = {}});
        free_.push_back(slot);
    }
    settle();
    for (std::size_t i = 0; i < script_.streams.size(); ++i) {
        plan(script_.start + script_.streams[i].from, Due::Kind::kStream, i);
    }
    for (std::size_t i = 0; i < script_.actions.size(); ++i) {
        plan(script_.start + script_.actions[i].time, Due::Kind::kAction, i);
    }
}

/// Puts the objects into the pool that are older than the tool.
void FixtureSource::settle() {
    for (const FixtureObjects& group : script_.live) {
        for (std::uint32_t i = 0; i < group.count && !free_.empty(); ++i) {
            SlotEvent& slot = slots_[free_.front()];
            free_.pop_front();
            slot.state = SlotState::kAllocated;
            slot.size = group.size;
            slot.cache = names_.cache(group.cache);
            slot.allocated_at = script_.start - age_of(group, i);
            slot.alloc_stack = stack(group.stack);
            ++counters_.allocated;
        }
    }
    counters_.allocs = std::max(fixture_number(script_.base, "allocs"), counters_.allocated);
    counters_.frees = counters_.allocs - counters_.allocated;
    counters_.bugs = fixture_number(script_.base, "bugs");
}

void FixtureSource::plan(KernelNs time, Due::Kind kind, std::size_t index) {
    due_.push({.time = time, .order = planned_++, .kind = kind, .index = index});
}

Result<bool> FixtureSource::drain(EventBatch& out, std::size_t max_events) {
    const std::size_t before = out.size();
    drained_ = true;
    while (!due_.empty() && due_.top().time <= clock_ && !finished_) {
        if (out.size() - before >= max_events) {
            return false;
        }
        const Due due = due_.top();
        due_.pop();
        play(due, out);
        if (!failure_.empty()) {
            return fail(ErrorKind::kFailed, failure_);
        }
    }
    return true;
}

void FixtureSource::play(const Due& due, EventBatch& out) {
    switch (due.kind) {
    case Due::Kind::kStream: {
        const FixtureStream& stream = script_.streams[due.index];
        allocate(stream, due.time, out);
        if (due.time + stream.every_ns - script_.start <= stream.until) {
            plan(due.time + stream.every_ns, Due::Kind::kStream, due.index);
        }
        break;
    }
    case Due::Kind::kFree:
        release(static_cast<Slot>(due.index), due.time, out);
        break;
    case Due::Kind::kAction:
        act(script_.actions[due.index], due.time, out);
        break;
    }
}

void FixtureSource::allocate(const FixtureStream& stream, KernelNs time, EventBatch& out) {
    if (!counters_.enabled) {
        return;
    }
    const CacheId cache = names_.cache(stream.cache);
    if (free_.empty()) {
        add_to(counters_.skip_capacity, 1);
        out.emplace_back(SkipEvent{.time = time, .cache = cache, .size = stream.size, .reason = SkipReason::kCapacity});
        return;
    }
    const Slot slot = free_.front();
    free_.pop_front();
    slots_[slot] = {.slot = slot,
                    .state = SlotState::kAllocated,
                    .size = stream.size,
                    .cache = cache,
                    .allocated_at = time,
                    .alloc_stack = stack(stream.stack),
                    .task = {}};
    ++counters_.allocs;
    ++counters_.allocated;
    out.emplace_back(AllocEvent{.time = time,
                                .slot = slot,
                                .size = stream.size,
                                .cache = cache,
                                .stack = slots_[slot].alloc_stack,
                                .task = {}});
    plan(time + stream.hold_ns, Due::Kind::kFree, slot);
}

void FixtureSource::release(Slot slot, KernelNs time, EventBatch& out) {
    slots_[slot].state = SlotState::kFreed;
    slots_[slot].freed_at = time;
    free_.push_back(slot);
    ++counters_.frees;
    --counters_.allocated;
    out.emplace_back(FreeEvent{
        .time = time, .allocated_at = slots_[slot].allocated_at, .slot = slot, .stack = kNoStack, .task = {}});
}

void FixtureSource::act(const FixtureAction& action, KernelNs time, EventBatch& out) {
    const auto number = [&](std::string_view key) { return fixture_number(action.words, key); };
    if (action.verb == "loss") {
        const auto cause = named<LossCause>(fixture_text(action.words, "cause"), kLossCauseCount);
        out.emplace_back(LossEvent{.time = time, .cause = cause, .count = number("count")});
    } else if (action.verb == "drift") {
        counters_.allocated += number("allocated");
        counters_.allocs += number("allocs");
        counters_.frees += number("frees");
    } else if (action.verb == "skips") {
        add_to(counters_.skip_capacity, number("capacity"));
        add_to(counters_.skip_covered, number("covered"));
        add_to(counters_.skip_incompatible, number("incompatible"));
    } else if (action.verb == "settings") {
        for (const auto& [key, value] : action.words) {
            script_.settings.insert_or_assign(key, value);
        }
        counters_.enabled = fixture_number(script_.settings, "interval") > 0;
        settings_changed_ = true;
    } else if (action.verb == "report") {
        report(action, time, out);
    } else if (action.verb == "fail") {
        failure_ = fixture_text(action.words, "message");
    } else {
        finished_ = true;
    }
}

void FixtureSource::report(const FixtureAction& action, KernelNs time, EventBatch& out) {
    const auto text = [&](std::string_view key) { return fixture_text(action.words, key); };
    ReportEvent r{.time = time, .task = {}, .alloc_task = {}, .free_task = {}};
    r.type = named<ReportType>(text("type"), kReportTypeCount);
    r.access = named<Access>(text("access"), 3);
    r.cache = names_.cache(text("cache"));
    r.slot = r.cache == kNoCache ? kNoSlot : 0;
    r.size = static_cast<std::uint32_t>(fixture_number(action.words, "size"));
    r.allocated_at = time - fixture_time(action.words, "age");
    r.access_stack = stack(text("stack"));
    r.alloc_stack = stack(text("alloc"));
    r.free_stack = stack(text("free"));
    r.freed_at = r.free_stack == kNoStack ? 0 : time;
    ++counters_.bugs;
    out.emplace_back(r);
}

StackId FixtureSource::stack(std::string_view name) {
    const auto found = script_.stacks.find(name);
    return found == script_.stacks.end() ? kNoStack : names_.stack(found->second);
}

SettingsEvent FixtureSource::settings(KernelNs time) const {
    const FixtureWords& words = script_.settings;
    return {.time = time,
            .sample_interval_ms = setting(words, "interval"),
            .skip_covered_thresh = setting(words, "thresh"),
            .burst = setting(words, "burst"),
            .deferrable = std::nullopt};
}

Result<void> FixtureSource::read_counters(EventBatch& out) {
    counters_.time = clock_;
    out.emplace_back(counters_);
    return {};
}

Result<void> FixtureSource::read_state(EventBatch& out) {
    if (std::exchange(settings_changed_, false)) {
        out.emplace_back(settings(clock_));
    }
    if (std::exchange(drained_, false)) {
        clock_ += script_.step_ns;
    }
    return {};
}

Result<void> FixtureSource::walk(EventBatch& out) {
    for (SlotEvent slot : slots_) {
        if (slot.state != SlotState::kUnused) {
            slot.time = clock_;
            out.emplace_back(slot);
        }
    }
    out.emplace_back(WalkEvent{.time = clock_, .objects = script_.objects});
    return {};
}

} // namespace kfence
