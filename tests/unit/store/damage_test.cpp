// SPDX-License-Identifier: Apache-2.0
// Files that are no recordings, or damaged ones: an error that names what is wrong, or a correct answer.
#include <fstream>
#include <iterator>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace kfence {
namespace {

using test::Folder;
using testing::HasSubstr;

class Damage : public testing::Test {
protected:
    Damage() {
        Names names;
        TraceWriter writer = test::writer(path_);
        EXPECT_TRUE(writer.write(test::small_story(names), names));
        EXPECT_TRUE(writer.finish({}));
    }

    void change(const std::string& sql) {
        auto database = Database::open(path_, OpenMode::kWrite);
        ASSERT_TRUE(database);
        ASSERT_TRUE(database->execute(sql)) << sql;
    }

    /// The error of reading all of it; empty when there was none.
    std::string error() {
        auto file = TraceFile::open(path_);
        if (!file) {
            return file.error().message;
        }
        Names names;
        auto cursor = TraceCursor::create(*file, names);
        if (!cursor) {
            return cursor.error().message;
        }
        TraceRecord record;
        for (auto more = cursor->next(record); !more || *more; more = cursor->next(record)) {
            if (!more) {
                return more.error().message;
            }
        }
        return {};
    }

    Folder folder_;
    std::string path_ = folder_.file("a");
};

TEST_F(Damage, NothingIsWrongAtFirst) {
    EXPECT_EQ(error(), "");
}

TEST_F(Damage, ValuesOutOfRangeAreNamed) {
    change("UPDATE events SET slot = 70000 WHERE seq = 4");
    EXPECT_THAT(error(), HasSubstr("table events, in the row with seq 4, slot is 70000"));
}

TEST_F(Damage, ARowThatPointsNowhereIsNamed) {
    change("UPDATE events SET cache = 99");
    EXPECT_THAT(error(), HasSubstr("table caches has no row 99"));
}

TEST_F(Damage, AnObjectThatIsNotThereIsNamed) {
    change("UPDATE events SET object = 1234 WHERE object IS NOT NULL");
    EXPECT_THAT(error(), HasSubstr("object is 1234"));
}

TEST_F(Damage, ATextWhereANumberBelongsIsNoCrash) {
    change("UPDATE events SET time = 'x\x1b[2J' WHERE seq = 4; UPDATE slots SET state = 'abc'");
    EXPECT_THAT(error(), Not(HasSubstr("\x1b")));
}

TEST_F(Damage, AnUnknownKindIsNamed) {
    change("UPDATE events SET kind = 5 WHERE seq = 4");
    EXPECT_THAT(error(), HasSubstr("kind is 5"));
}

TEST_F(Damage, AnotherVersionSaysWhichToolToUse) {
    change("PRAGMA user_version=2");
    EXPECT_THAT(error(), HasSubstr("version 2"));
}

TEST_F(Damage, AnotherProgramsDatabaseIsRefused) {
    change("PRAGMA application_id=7");
    EXPECT_THAT(error(), HasSubstr("no recording"));
}

TEST_F(Damage, ATableThatIsAViewIsRefused) {
    change("DROP TABLE events; CREATE VIEW events AS WITH RECURSIVE x(a) AS (SELECT 1 UNION ALL SELECT a FROM x)"
           " SELECT a AS seq FROM x");
    EXPECT_THAT(error(), HasSubstr("its table events is not the one"));
}

TEST_F(Damage, AnotherKindOfFileIsRefused) {
    std::ofstream(path_, std::ios::trunc) << std::string(5000, 'x');
    EXPECT_THAT(error(), HasSubstr("no recording of kfence-trace"));
    std::ofstream(path_, std::ios::trunc) << "";
    EXPECT_THAT(error(), HasSubstr("no recording of kfence-trace"));
}

/// All rows as text, or the error.
class DamagedBytes : public Damage {
protected:
    DamagedBytes() {
        path_ = folder_.file("b");
        Names names;
        TraceWriter writer = test::writer(path_);
        std::vector<Event> events = test::small_story(names);
        for (KernelNs t = 200; t < 1200; ++t) {
            AllocEvent alloc;
            alloc.time = t * test::kSecond;
            alloc.slot = static_cast<Slot>(t % 200);
            alloc.cache = names.cache("cache-" + std::to_string(t % 50));
            alloc.stack = names.stack(std::vector<std::string>{"f" + std::to_string(t % 90) + "+0x1/0x2"});
            events.emplace_back(alloc);
            FreeEvent end;
            end.time = alloc.time + 1;
            end.allocated_at = alloc.time;
            end.slot = alloc.slot;
            events.emplace_back(end);
        }
        EXPECT_TRUE(writer.write(events, names));
        EXPECT_TRUE(writer.finish({}));
        std::ifstream file(path_, std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(file), {});
    }

    std::string answer(const std::string& bytes) {
        std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
        auto file = TraceFile::open(path_);
        if (!file) {
            return "error";
        }
        Names names;
        auto cursor = TraceCursor::create(*file, names);
        if (!cursor) {
            return "error";
        }
        std::string out = file->machines()[0].source.host;
        TraceRecord record;
        for (auto more = cursor->next(record); !more || *more; more = cursor->next(record)) {
            if (!more) {
                return "error";
            }
            out += std::to_string(record.seq) + "/" + std::to_string(record.object) + "/";
            if (const auto* alloc = std::get_if<AllocEvent>(&record.event)) {
                out += std::to_string(alloc->time) + names.cache_name(alloc->cache) +
                       names.frame(names.stack_of(alloc->stack), 0);
            } else if (const auto* end = std::get_if<FreeEvent>(&record.event)) {
                out += std::to_string(end->time) + "/" + std::to_string(end->allocated_at);
            }
        }
        return out;
    }

    std::string bytes_;
    std::mt19937 random_{7};
};

TEST_F(DamagedBytes, AFlippedByteIsAnErrorOrChangesNothing) {
    const std::string whole = answer(bytes_);
    ASSERT_NE(whole, "error");
    int errors = 0;
    for (int i = 0; i < 300; ++i) {
        std::string damaged = bytes_;
        const std::size_t at = std::uniform_int_distribution<std::size_t>(0, damaged.size() - 1)(random_);
        damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1 + random_() % 255));
        const std::string got = answer(damaged);
        EXPECT_TRUE(got == "error" || got == whole) << "byte " << at;
        errors += got == "error" ? 1 : 0;
    }
    EXPECT_GT(errors, 150); // the others are in pages that nobody reads
}

TEST_F(DamagedBytes, ATruncatedFileIsAnErrorOrChangesNothing) {
    const std::string whole = answer(bytes_);
    for (int i = 0; i < 100; ++i) {
        const std::size_t length = std::uniform_int_distribution<std::size_t>(0, bytes_.size() - 1)(random_);
        const std::string got = answer(bytes_.substr(0, length));
        EXPECT_TRUE(got == "error" || got == whole) << length << " bytes";
    }
}

TEST_F(Damage, AFileThatIsNotThereIsNamed) {
    path_ = folder_.file("none");
    EXPECT_THAT(error(), HasSubstr("none: "));
}

} // namespace
} // namespace kfence
