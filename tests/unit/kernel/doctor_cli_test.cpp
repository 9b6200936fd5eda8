// SPDX-License-Identifier: Apache-2.0
// The program itself: exit codes, and what goes to stdout and to stderr.
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "fixture_root.h"
#include "kernel/file.h"
#include "machine.h"

namespace kfence::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Ran {
    int status = -1;
    std::string out;
    std::string err;
};

class DoctorProgram : public ::testing::Test {
protected:
    void SetUp() override { healthy_machine(root_); }

    /// Runs `shell` with $DOCTOR for the program on the fixture.
    [[nodiscard]] Ran run(const std::string& shell) const {
        const std::string command =
            "DOCTOR='" KFENCE_DOCTOR " --root " + root_.root() + "'; { " + shell + "; } 2>" + root_.path("/stderr");
        Ran ran;
        FILE* pipe = ::popen(command.c_str(), "r");
        if (pipe == nullptr) {
            return ran;
        }
        char chunk[4096];
        for (std::size_t got = 0; (got = std::fread(chunk, 1, sizeof(chunk), pipe)) > 0;) {
            ran.out.append(chunk, got);
        }
        const int status = ::pclose(pipe);
        ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        ran.err = read_file(root_.path("/stderr")).value_or("?");
        return ran;
    }

    FixtureRoot root_;
};

TEST_F(DoctorProgram, TextOnStdoutAndNothingOnStderr) {
    const Ran ran = run("$DOCTOR");
    EXPECT_EQ(ran.status, 0);
    EXPECT_THAT(ran.out, ::testing::StartsWith("kernel          6.12.117-test, x86_64\nKFENCE          compiled in\n"));
    EXPECT_THAT(ran.out, ::testing::EndsWith("kfence-top can run with fentry, the best backend for this kernel.\n"));
    EXPECT_THAT(ran.out, Not(HasSubstr("\x1b"))) << "no colour in a pipe";
    EXPECT_EQ(ran.err, "");
}

TEST_F(DoctorProgram, JsonAndItsExitCodes) {
    EXPECT_EQ(nlohmann::json::parse(run("$DOCTOR --json").out)["exit"], 0);
    root_.remove("/sys/kernel/btf");
    const Ran lesser = run("$DOCTOR --json");
    EXPECT_EQ(lesser.status, 1);
    EXPECT_EQ(nlohmann::json::parse(lesser.out)["backend"], "poll");
    turn_off(root_);
    const Ran off = run("$DOCTOR --json");
    EXPECT_EQ(off.status, 3);
    EXPECT_EQ(nlohmann::json::parse(off.out)["exit"], 3);
}

TEST_F(DoctorProgram, VerboseTalksOnStderr) {
    const Ran ran = run("$DOCTOR -v --json");
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(nlohmann::json::parse(ran.out)["exit"], 0);
    EXPECT_THAT(ran.err, HasSubstr("kfence-doctor: kernel configuration: "));
}

TEST_F(DoctorProgram, UsageHelpAndVersion) {
    const Ran wrong = run("$DOCTOR --nonsense");
    EXPECT_EQ(wrong.status, 2);
    EXPECT_EQ(wrong.out, "");
    EXPECT_THAT(wrong.err, HasSubstr("--nonsense"));
    const Ran help = run("$DOCTOR --help");
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out, HasSubstr("Exit status"));
    EXPECT_THAT(help.out, Not(HasSubstr("--root")));
    const Ran version = run("$DOCTOR --version");
    EXPECT_EQ(version.status, 0);
    EXPECT_EQ(version.out, "kfence-doctor " KFENCE_TOOLS_VERSION "\n");
}

TEST_F(DoctorProgram, AReaderThatIsGoneIsNoError) {
    // A pipe without a reader: the write meets EPIPE, and SIGPIPE must not kill.
    const Ran ran = run("exec 3>&1; { sleep 0.2; $DOCTOR; echo status $? >&3; } | :");
    EXPECT_EQ(ran.out, "status 0\n");
    EXPECT_EQ(ran.err, "");
}

TEST_F(DoctorProgram, AFullDiskIsOne) {
    const Ran ran = run("$DOCTOR >/dev/full");
    EXPECT_EQ(ran.status, 1);
    EXPECT_THAT(ran.err, HasSubstr("stdout cannot be written"));
}

TEST_F(DoctorProgram, ColourOnATerminalUnlessUnwanted) {
    const Ran colour = run("TERM=xterm NO_COLOR= script -qec \"$DOCTOR\" /dev/null </dev/null");
    EXPECT_THAT(colour.out, HasSubstr("\x1b[32m"));
    const Ran plain = run("TERM=xterm NO_COLOR=1 script -qec \"$DOCTOR\" /dev/null </dev/null");
    EXPECT_THAT(plain.out, HasSubstr("compiled in"));
    EXPECT_THAT(plain.out, Not(HasSubstr("\x1b[3")));
}

TEST_F(DoctorProgram, AnOptionWithoutItsValueIsNamed) {
    const Ran ran = run(KFENCE_DOCTOR " --root");
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err, "kfence-doctor: --root needs a folder\n");
}

TEST_F(DoctorProgram, WhatCannotBeWrittenIsAnError) {
    EXPECT_EQ(run("$DOCTOR --help >/dev/full").status, 1);
    EXPECT_EQ(run("$DOCTOR --version >/dev/full").err,
              "kfence-doctor: stdout cannot be written: No space left on device\n");
    const Ran limited = run("ulimit -f 0; $DOCTOR 2>&1 >" + root_.path("/limited") + " | cat");
    EXPECT_EQ(limited.out, "kfence-doctor: stdout cannot be written: File too large\n");
}

} // namespace
} // namespace kfence::test
