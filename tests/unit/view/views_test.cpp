// SPDX-License-Identifier: Apache-2.0
// The lists and the texts of kfence-top: what is in them, in which order, where each row leads.
#include "view/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixed_snapshot.h"
#include "view/details.h"
#include "view/lists.h"
#include "view/table.h"

namespace kfence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kSecond = 1'000'000'000;

class Views : public testing::Test {
protected:
    Views() {
        add(3, SlotState::kAllocated, "dentry", 192, 30, "d_alloc+0x1/0x2");
        add(5, SlotState::kFreed, "dentry", 192, 90, "d_alloc+0x1/0x2");
        add(7, SlotState::kAllocated, "filp", 256, 60, "alloc_empty_file+0x1/0x2");
        add(9, SlotState::kZombie, "dentry", 100, 45, "d_alloc+0x1/0x2");
        fixed_.snapshot.objects[1].freed_at = ago(10);
        fixed_.snapshot.objects[1].free_stack = fixed_.stack({"d_free+0x1/0x2"});
        fixed_.snapshot.objects[2].task.comm = {'p', 'o', 's', 't'};
        fixed_.snapshot.objects[2].task.pid = 77;
    }
    [[nodiscard]] KernelNs ago(std::uint64_t seconds) const { return fixed_.snapshot.now - seconds * kSecond; }
    void add(Slot slot, SlotState state, const char* cache, std::uint32_t size, std::uint64_t age, const char* frame) {
        ObjectUse object;
        object.slot = slot;
        object.state = state;
        object.cache = fixed_.names.cache(cache);
        object.size = size;
        object.allocated_at = ago(age);
        object.alloc_stack = fixed_.stack({frame});
        fixed_.snapshot.objects.push_back(object);
    }
    /// A column of all rows.
    [[nodiscard]] std::vector<std::string> column(const Place& place, std::size_t which) const {
        const ViewInput input = fixed_.input();
        const auto list = open_list(input, place);
        list->arrange(0, list->size());
        std::vector<std::string> out;
        for (std::size_t i = 0; i < list->size(); ++i) {
            out.push_back(list->row(i).cells[which]);
        }
        return out;
    }
    static Place at(ViewKind kind) {
        Place place;
        place.kind = kind;
        return place;
    }
    static std::string text(const std::vector<TextLine>& lines) {
        std::string out;
        for (const TextLine& line : lines) {
            out += line.text + "\n";
        }
        return out;
    }

    FixedSnapshot fixed_;
};

constexpr std::size_t kSlotColumn = 4;

TEST_F(Views, ObjectsAreTheLiveOnesAndTheOldestComesFirst) {
    EXPECT_THAT(column(at(ViewKind::kObjects), kSlotColumn), ElementsAre("7", "9", "3"));
    Place place = at(ViewKind::kObjects);
    place.reverse = true;
    EXPECT_THAT(column(place, kSlotColumn), ElementsAre("3", "9", "7"));
}

TEST_F(Views, ObjectsAreOrderedByAnyColumn) {
    Place place = at(ViewKind::kObjects);
    place.column = 2; // cache, then age
    EXPECT_THAT(column(place, kSlotColumn), ElementsAre("9", "3", "7"));
    place.column = 3; // size
    EXPECT_THAT(column(place, kSlotColumn), ElementsAre("7", "3", "9"));
    place.column = kSlotColumn;
    EXPECT_THAT(column(place, kSlotColumn), ElementsAre("3", "7", "9"));
    place.column = 7; // from
    EXPECT_THAT(column(place, kSlotColumn), ElementsAre("7", "9", "3"));
}

TEST_F(Views, ObjectsAreFoundByCacheTaskAndFunction) {
    Place place = at(ViewKind::kObjects);
    for (const auto& [filter, slot] : {std::pair{"^filp", "7"}, {"77 post", "7"}, {"alloc_empty", "7"}}) {
        place.filter = Filter(filter);
        EXPECT_THAT(column(place, kSlotColumn), ElementsAre(slot)) << filter;
    }
    place.filter = Filter("nothing at all");
    EXPECT_THAT(column(place, kSlotColumn), ElementsAre());
}

TEST_F(Views, ACacheLeadsToItsObjectsAndOneOfThemToBothStacks) {
    ViewOptions options;
    options.place = at(ViewKind::kCaches);
    const auto objects = deeper_place(fixed_.input(), options);
    ASSERT_TRUE(objects);
    EXPECT_EQ(objects->kind, ViewKind::kObjects);
    EXPECT_EQ(objects->cache, "dentry");
    EXPECT_THAT(column(*objects, kSlotColumn), ElementsAre("9", "3"));
    options.place = *objects;
    options.place.cursor = 1;
    const auto object = deeper_place(fixed_.input(), options);
    ASSERT_TRUE(object);
    EXPECT_EQ(object->kind, ViewKind::kObject);
    EXPECT_EQ(object->object.slot, 3U);
    options.place = *object;
    EXPECT_FALSE(deeper_place(fixed_.input(), options));
}

TEST_F(Views, AStackLeadsToItsObjectsAndNotToThoseOfAnotherOneWithItsId) {
    fixed_.snapshot.stacks = {{.stack = fixed_.stack({"alloc_empty_file+0x1/0x2"}),
                               .cache = fixed_.names.cache("filp"),
                               .count = 1,
                               .oldest_ns = 60 * kSecond,
                               .held_ns = 60 * kSecond}};
    ViewOptions options;
    options.place = at(ViewKind::kStacks);
    auto objects = deeper_place(fixed_.input(), options);
    ASSERT_TRUE(objects);
    EXPECT_THAT(column(*objects, kSlotColumn), ElementsAre("7"));
    objects->stack_text = "of another";
    EXPECT_THAT(column(*objects, kSlotColumn), ElementsAre());
}

TEST_F(Views, AnObjectWithBothStacks) {
    const std::string live = text(object_lines(fixed_.input(), {.slot = 3, .allocated_at = ago(30)}, false));
    EXPECT_THAT(live, HasSubstr("kfence-#3: size=192, cache=dentry\n"));
    EXPECT_THAT(live, HasSubstr("age        30 s\n"));
    EXPECT_THAT(live, HasSubstr("allocated at\n  d_alloc+0x1/0x2\n"));
    EXPECT_THAT(live, HasSubstr("not freed yet"));
    const std::string freed = text(object_lines(fixed_.input(), {.slot = 5, .allocated_at = ago(90)}, false));
    EXPECT_THAT(freed, HasSubstr("age        1.3 m\n"));
    EXPECT_THAT(freed, HasSubstr("freed 10 s ago at\n  d_free+0x1/0x2\n"));
}

TEST_F(Views, AnObjectThatIsGoneIsNotTakenForTheNextOne) {
    const auto lines = object_lines(fixed_.input(), {.slot = 3, .allocated_at = ago(31)}, false);
    EXPECT_THAT(text(lines), HasSubstr("slot 3 held is gone, and the slot holds another one now"));
    EXPECT_THAT(text(object_lines(fixed_.input(), {.slot = 4, .allocated_at = 1}, false)), HasSubstr("is not in use"));
}

TEST_F(Views, TheAllocatorsFramesAreShownOnDemand) {
    const StackId stack =
        fixed_.names.stack(std::vector<std::string>{"kmem_cache_alloc+0x1/0x2", "d_alloc+0x1/0x2"}, 1);
    fixed_.snapshot.objects[0].alloc_stack = stack;
    const ObjectKey key{.slot = 3, .allocated_at = ago(30)};
    EXPECT_THAT(text(object_lines(fixed_.input(), key, false)), Not(HasSubstr("kmem_cache_alloc")));
    EXPECT_THAT(text(object_lines(fixed_.input(), key, true)), HasSubstr("  kmem_cache_alloc+0x1/0x2\n  d_alloc"));
}

TEST_F(Views, AReportAsTheKernelPrintsIt) {
    ViewOptions options;
    options.place = at(ViewKind::kReports);
    fixed_.snapshot.reports[0].quarantine_s = 2.5;
    const auto report = deeper_place(fixed_.input(), options);
    ASSERT_TRUE(report);
    const std::string lines = text(report_lines(fixed_.input(), *report, false));
    EXPECT_THAT(lines, HasSubstr("BUG: KFENCE: use-after-free read in sctp_assoc_free+0x61\n"));
    EXPECT_THAT(lines,
                HasSubstr("Use-after-free read (0B inside of kfence-#17):\n  sctp_assoc_free+0x61/0x2b0 [sctp]"));
    EXPECT_THAT(lines, HasSubstr("kfence-#17: size=200, cache=sctp_ep\n"));
    EXPECT_THAT(lines, HasSubstr("freed by task 0 at "));
    EXPECT_THAT(lines, HasSubstr("found 12 ms after its free\n"));
    EXPECT_THAT(lines, HasSubstr("quarantine at the time 2.5 s, now 7.1 s\n"));
}

TEST_F(Views, TheSideOfAnAddress) {
    ReportSeen& seen = fixed_.snapshot.reports[0];
    const auto side = [&](std::int64_t offset) {
        seen.report.offset = offset;
        Place place = at(ViewKind::kReport);
        place.report_time = seen.report.time;
        place.object.slot = seen.report.slot;
        const std::string lines = text(report_lines(fixed_.input(), place, false));
        const auto begin = lines.find('(', lines.find("Use-after-free read (")) + 1;
        return lines.substr(begin, lines.find(" kfence-#", begin) - begin);
    };
    EXPECT_EQ(side(-1), "1B left of");
    EXPECT_EQ(side(200), "0B right of");
    EXPECT_EQ(side(203), "3B right of");
    EXPECT_EQ(side(INT64_MIN), "9223372036854775808B left of");
}

TEST_F(Views, SettingsCountersAndLosses) {
    fixed_.snapshot.losses.by_cause[static_cast<std::size_t>(LossCause::kRingFull)] = 12;
    const std::string lines = text(settings_lines(fixed_.input()));
    EXPECT_THAT(lines, testing::ContainsRegex("sample_interval +100 ms\n"));
    EXPECT_THAT(lines, testing::ContainsRegex("total allocations +51840\n"));
    EXPECT_THAT(lines, testing::ContainsRegex("ring_full +12\n"));
    EXPECT_THAT(lines, HasSubstr("cannot see: allocations that another CPU took the gate for"));
}

TEST(VisibleRows, TheCursorIsOneOfThem) {
    for (std::size_t rows = 0; rows < 12; ++rows) {
        for (std::size_t page = 0; page < 6; ++page) {
            for (std::size_t cursor = 0; cursor < 15; ++cursor) {
                for (std::size_t scroll = 0; scroll < 15; ++scroll) {
                    const Window window = visible_rows(rows, page, cursor, scroll);
                    EXPECT_LE(window.first + window.count, rows);
                    EXPECT_EQ(window.count, page == 0 ? 0 : std::min(rows, page));
                    if (window.count > 0) {
                        EXPECT_GE(window.cursor, window.first);
                        EXPECT_LT(window.cursor, window.first + window.count);
                    }
                }
            }
        }
    }
}

/// Whatever is in a picture and however small the screen is: nothing outside of it is drawn, and no control character.
TEST_F(Views, AnySizeWithHostileText) {
    fixed_.snapshot.caches[0].cache = fixed_.names.cache("\x1b[2J\xff日本語日本語日本語日本語日本語日本語");
    fixed_.snapshot.objects[0].cache = fixed_.snapshot.caches[0].cache;
    fixed_.snapshot.objects[0].task.comm.fill('\x1b');
    fixed_.snapshot.objects[2].allocated_at = UINT64_MAX;
    fixed_.snapshot.reports[0].report.task.comm.fill('\n');
    fixed_.snapshot.reports[0].report.time = UINT64_MAX;
    for (std::size_t kind = 0; kind <= static_cast<std::size_t>(ViewKind::kReport); ++kind) {
        for (const int width : {0, 1, 20, 79, 80, 81, 110, 250}) {
            for (const int height : {0, 1, 5, 24, 60}) {
                ViewOptions options;
                options.width = width;
                options.height = height;
                options.place = at(static_cast<ViewKind>(kind));
                options.place.cursor = SIZE_MAX;
                options.place.object = {.slot = 3, .allocated_at = ago(30)};
                const std::string drawn = render_view(fixed_.input(), options).text();
                EXPECT_EQ(drawn.find('\x1b'), std::string::npos);
                EXPECT_EQ(std::ranges::count(drawn, '\n'), height);
            }
        }
    }
}

} // namespace
} // namespace kfence
