// SPDX-License-Identifier: Apache-2.0
// Files that are no recordings, or damaged ones: an error that names what is wrong, or a correct answer.
#include <fstream>

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

TEST_F(Damage, AFileThatIsNotThereIsNamed) {
    path_ = folder_.file("none");
    EXPECT_THAT(error(), HasSubstr("none: "));
}

} // namespace
} // namespace kfence
