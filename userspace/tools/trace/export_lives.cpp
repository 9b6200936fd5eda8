// SPDX-License-Identifier: Apache-2.0
// Tables objects (what is in the pool at the end) and lifetimes (that, and all that ended).
#include "tools/trace/export_tables.h"

namespace kfence {
namespace {

std::optional<KernelNs> if_known(KernelNs time) {
    return time == 0 ? std::nullopt : std::optional(time);
}

std::string_view state_name(SlotState state) {
    return to_string(state);
}

class Objects final : public ExportMaker {
public:
    explicit Objects(ExportContext& context)
        : context_(context),
          row_(context.row({"slot", "state", "cache", "size", "allocated_at_s", "allocated_at", "age_s", "pid", "tgid",
                            "comm", "cpu", "cgroup", "pid_namespace", "object", "stack_id", "stack"})) {}

    void begin() override { row_.header(); }

    Result<void> live(const TracedObject& object) override {
        context_.start_row(row_, object.machine);
        row_.number(object.slot).text(state_name(object.state)).prepared(context_.cells.cache(object.cache));
        row_.number(object.size).seconds(object.allocated_at);
        row_.prepared(context_.cells.date(object.machine, object.allocated_at));
        row_.seconds(age(object, context_.span(object.machine)));
        if (auto added = context_.cells.add_task(row_, object.task); !added) {
            return added;
        }
        const ExportCells::Stack& stack = context_.cells.stack(object.stack);
        row_.number(object.object).prepared(stack.id).prepared(stack.frames).end_row();
        return {};
    }

private:
    ExportContext& context_;
    ExportRow row_;
};

class Lifetimes final : public ExportMaker {
public:
    explicit Lifetimes(ExportContext& context)
        : context_(context),
          row_(context.row({"slot",         "state",          "cache",       "size",          "allocated_at_s",
                            "allocated_at", "freed_at_s",     "freed_at",    "lifetime_s",    "pid",
                            "tgid",         "comm",           "cpu",         "cgroup",        "pid_namespace",
                            "object",       "alloc_stack_id", "alloc_stack", "free_stack_id", "free_stack"})) {
        for (std::size_t i = 0; i < kStates; ++i) {
            states_.push_back(text_cell(context.format, state_name(static_cast<SlotState>(i))));
        }
    }

    void begin() override { row_.header(); }
    Result<void> ended(const TracedObject& object) override { return add(object, if_known(object.freed_at)); }
    Result<void> live(const TracedObject& object) override { return add(object, std::nullopt); }

private:
    static constexpr std::size_t kStates = static_cast<std::size_t>(SlotState::kBusy) + 1;

    void add_stack(StackId id) {
        const ExportCells::Stack& stack = context_.cells.stack(id);
        row_.prepared(stack.id).prepared(stack.frames);
    }

    Result<void> add(const TracedObject& object, std::optional<KernelNs> freed_at) {
        ExportCells& cells = context_.cells;
        context_.start_row(row_, object.machine);
        row_.number(object.slot).prepared(states_[static_cast<std::size_t>(object.state)]);
        row_.prepared(cells.cache(object.cache)).known(object.size != 0, object.size).seconds(object.allocated_at);
        row_.prepared(cells.date(object.machine, object.allocated_at)).seconds(freed_at);
        if (freed_at) {
            row_.prepared(cells.date(object.machine, *freed_at));
            row_.seconds(*freed_at > object.allocated_at ? *freed_at - object.allocated_at : 0);
        } else {
            row_.null().null();
        }
        if (auto added = cells.add_task(row_, object.task); !added) {
            return added;
        }
        row_.number(object.object);
        add_stack(object.stack);
        add_stack(object.free_stack);
        row_.end_row();
        return {};
    }

    ExportContext& context_;
    ExportRow row_;
    std::vector<std::string> states_;
};

} // namespace

std::unique_ptr<ExportMaker> make_objects(ExportContext& context) {
    return std::make_unique<Objects>(context);
}

std::unique_ptr<ExportMaker> make_lifetimes(ExportContext& context) {
    return std::make_unique<Lifetimes>(context);
}

} // namespace kfence
