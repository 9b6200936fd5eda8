// SPDX-License-Identifier: Apache-2.0
// Cutting kfence/objects into records, whatever the pieces that it comes in.
#include <random>

#include <gmock/gmock.h>

#include "fixture_root.h"
#include "kernel/objects.h"
#include "machine.h"

namespace kfence::test {
namespace {

struct Seen {
    std::vector<Slot> slots;
    ObjectsSummary summary;
};

Seen feed(std::string_view text, std::size_t piece) {
    Seen seen;
    ObjectsStream stream([&](const ObjectRecord& record) { seen.slots.push_back(record.slot); });
    while (!text.empty()) {
        // Copied, so that a sanitizer sees a view that outlives its piece.
        const std::vector<char> copy(text.begin(),
                                     text.begin() + static_cast<std::ptrdiff_t>(std::min(piece, text.size())));
        stream.feed(copy);
        text.remove_prefix(copy.size());
    }
    seen.summary = stream.finish();
    return seen;
}

constexpr std::string_view kLine = "---------------------------------\n";

TEST(ObjectsStream, TheSizeOfThePiecesDoesNotMatter) {
    const std::string text = objects_text(5);
    for (std::size_t piece = 1; piece <= text.size(); piece++) {
        const Seen seen = feed(text, piece);
        EXPECT_THAT(seen.slots, ::testing::ElementsAre(0U, 1U, 2U, 3U, 4U)) << piece;
        EXPECT_EQ(seen.summary.objects, 5U);
        EXPECT_EQ(seen.summary.malformed, 0U);
    }
}

TEST(ObjectsStream, ACutEndIsCounted) {
    const std::string text = objects_text(5);
    const Seen seen = feed(text.substr(0, text.size() - 10), 64);
    EXPECT_EQ(seen.slots.size(), 4U);
    EXPECT_EQ(seen.summary.malformed, 1U);
    EXPECT_EQ(seen.summary.objects, 4U);
}

TEST(ObjectsStream, WhatIsNoRecordIsCountedAndTheRestIsRead) {
    const std::string text = "garbage\n" + std::string(kLine) + std::string(kLine) + objects_text(3);
    const Seen seen = feed(text, 7);
    EXPECT_EQ(seen.summary.malformed, 2U);
    EXPECT_THAT(seen.slots, ::testing::ElementsAre(0U, 1U, 2U));
}

TEST(ObjectsStream, AGiganticRecordIsDroppedWithoutKeepingIt) {
    std::string text = objects_text(2);
    text += "kfence-#2: " + std::string(3'000'000, 'x') + "\n" + std::string(kLine);
    text += "kfence-#3 unused\n" + std::string(kLine);
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{65536}, text.size()}) {
        const Seen seen = feed(text, piece);
        EXPECT_THAT(seen.slots, ::testing::ElementsAre(0U, 1U, 3U)) << piece;
        EXPECT_EQ(seen.summary.malformed, 1U) << piece;
    }
    EXPECT_EQ(feed(std::string(1'000'000, '-'), 4096).summary.malformed, 1U);
}

TEST(ObjectsStream, NoiseNeverCrashes) {
    std::mt19937 random(42);
    const std::string good = objects_text(8);
    for (int round = 0; round < 300; round++) {
        std::string text = good;
        for (int i = 0; i < 20; i++) {
            text[random() % text.size()] = static_cast<char>(random());
        }
        const Seen seen = feed(text, 1 + random() % 200);
        EXPECT_LE(seen.slots.size(), 8U);
    }
}

TEST(ObjectsReader, WalksAgainFromTheStart) {
    const FixtureRoot root;
    root.file(kObjectsPath, objects_text(255));
    auto reader = ObjectsReader::open(root.root());
    ASSERT_TRUE(reader);
    for (int round = 0; round < 2; round++) {
        std::size_t used = 0;
        const auto summary =
            reader->walk([&](const ObjectRecord& record) { used += record.state != SlotState::kUnused; });
        ASSERT_TRUE(summary);
        EXPECT_EQ(summary->objects, 255U);
        EXPECT_EQ(used, 2U);
    }
    root.file(kObjectsPath, "");
    EXPECT_EQ(reader->walk([](const ObjectRecord&) {})->objects, 0U);
}

TEST(ObjectsReader, AMissingFileIsUnsupported) {
    const FixtureRoot root;
    EXPECT_EQ(ObjectsReader::open(root.root()).error().kind, ErrorKind::kUnsupported);
}

} // namespace
} // namespace kfence::test
