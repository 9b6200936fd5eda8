// SPDX-License-Identifier: Apache-2.0
#include "kernel/file.h"

#include <cerrno>
#include <gmock/gmock.h>

#include "fixture_root.h"

namespace kfence::test {
namespace {

using ::testing::HasSubstr;

TEST(Rooted, PutsARootBeforeAPath) {
    EXPECT_EQ(rooted("/", "/sys/x"), "/sys/x");
    EXPECT_EQ(rooted("", "/sys/x"), "/sys/x");
    EXPECT_EQ(rooted("/tmp/a", "/sys/x"), "/tmp/a/sys/x");
    EXPECT_EQ(rooted("/tmp/a/", "/sys/x"), "/tmp/a/sys/x");
}

TEST(ReadFile, ReadsWholeFilesOfAnyLengthUpToTheLimit) {
    const FixtureRoot root;
    const std::string big(10000, 'x');
    root.file("/big", big);
    root.file("/empty", "");
    EXPECT_EQ(read_file(root.path("/big")).value(), big);
    EXPECT_EQ(read_file(root.path("/big"), 10000).value(), big);
    EXPECT_EQ(read_file(root.path("/empty")).value(), "");
    const auto too_big = read_file(root.path("/big"), 9999);
    ASSERT_FALSE(too_big);
    EXPECT_EQ(too_big.error().kind, ErrorKind::kFailed);
    EXPECT_THAT(too_big.error().message, HasSubstr("9999"));
}

TEST(ReadFile, ReadsFilesWhoseSizeIsReportedAsNothing) {
    // procfs says 0 for all of its files.
    EXPECT_THAT(read_file("/proc/self/status").value(), HasSubstr("Name:"));
}

TEST(ReadLine, TakesTheFirstLineWithoutBlanks) {
    const FixtureRoot root;
    root.file("/a", " 12 \nrest\n");
    root.file("/b", "no end");
    EXPECT_EQ(read_line(root.path("/a")).value(), "12");
    EXPECT_EQ(read_line(root.path("/b")).value(), "no end");
}

TEST(ReadNumber, IsStrict) {
    const FixtureRoot root;
    root.file("/good", "255\n");
    root.file("/huge", "99999999999999999999\n");
    root.file("/negative", "-1\n");
    root.file("/text", "12ms\n");
    EXPECT_EQ(read_number(root.path("/good")), 255U);
    EXPECT_EQ(read_number(root.path("/huge")), std::nullopt);
    EXPECT_EQ(read_number(root.path("/negative")), std::nullopt);
    EXPECT_EQ(read_number(root.path("/text")), std::nullopt);
    EXPECT_EQ(read_number(root.path("/missing")), std::nullopt);
}

TEST(FileError, SaysWhatHelps) {
    const Error missing = file_error(ENOENT, "read", "/sys/a\x1b[31m");
    EXPECT_EQ(missing.kind, ErrorKind::kUnsupported);
    EXPECT_THAT(missing.message, HasSubstr("does not exist"));
    EXPECT_THAT(missing.message, HasSubstr("/sys/a\\x1b[31m"));
    EXPECT_THAT(file_error(EACCES, "read", "/x").message, HasSubstr("run as root"));
    EXPECT_EQ(file_error(EACCES, "read", "/x").kind, ErrorKind::kUnsupported);
    EXPECT_THAT(file_error(EPERM, "read", "/x").message, HasSubstr("lockdown"));
    EXPECT_EQ(file_error(EPERM, "read", "/x").kind, ErrorKind::kUnsupported);
    EXPECT_THAT(file_error(EINVAL, "write", "/x").message, HasSubstr("refuses this value"));
    EXPECT_EQ(file_error(EIO, "read", "/x").kind, ErrorKind::kFailed);
}

TEST(FileState, TellsTheCasesApart) {
    const FixtureRoot root;
    root.file("/good", "");
    root.file("/closed", "");
    root.mode("/closed", 0);
    const WithoutRoot plain;
    EXPECT_EQ(file_state(root.path("/good")), FileState::kReadable);
    EXPECT_EQ(file_state(root.path("/none")), FileState::kMissing);
    EXPECT_EQ(file_state(root.path("/good/below")), FileState::kMissing);
    EXPECT_EQ(file_state(root.path("/closed")), FileState::kDenied);
    EXPECT_THAT(read_file(root.path("/closed")).error().message, HasSubstr("permission denied"));
}

TEST(WriteKnob, WritesExistingFilesOnly) {
    const FixtureRoot root;
    root.file("/knob", "0\n");
    ASSERT_TRUE(write_knob(root.path("/knob"), "100"));
    EXPECT_EQ(read_line(root.path("/knob")).value(), "100");
    const auto missing = write_knob(root.path("/other"), "100");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::kUnsupported);
    EXPECT_EQ(file_state(root.path("/other")), FileState::kMissing);
}

TEST(WriteKnob, ReportsAShortOrRefusedWrite) {
    const auto full = write_knob("/dev/full", "100");
    ASSERT_FALSE(full);
    EXPECT_THAT(full.error().message, HasSubstr("/dev/full"));
}

} // namespace
} // namespace kfence::test
