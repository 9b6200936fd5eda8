// SPDX-License-Identifier: Apache-2.0
#include "tools/common/output.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/fd.h"
#include "tools/common/signals.h"

namespace kfence {
namespace {

struct Pipe {
    Pipe() {
        int fds[2] = {-1, -1};
        EXPECT_EQ(::pipe(fds), 0);
        read.reset(fds[0]);
        write.reset(fds[1]);
    }
    UniqueFd read;
    UniqueFd write;
};

std::string read_all(int fd) {
    std::string out;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(fd, buffer, sizeof buffer)) > 0;) {
        out.append(buffer, static_cast<std::size_t>(n));
    }
    return out;
}

TEST(WriteAll, MoreThanAPipeHolds) {
    Pipe pipe;
    const std::string data(1'000'000, 'x');
    std::string got;
    std::thread reader([&] { got = read_all(pipe.read.get()); });
    const auto written = write_all(pipe.write.get(), data, -1);
    pipe.write.reset();
    reader.join();
    ASSERT_TRUE(written);
    EXPECT_EQ(*written, Written::kAll);
    EXPECT_EQ(got, data);
}

TEST(WriteAll, ReaderGone) {
    ignore_write_signals();
    Pipe pipe;
    pipe.read.reset();
    const auto written = write_all(pipe.write.get(), "x", -1);
    ASSERT_TRUE(written);
    EXPECT_EQ(*written, Written::kReaderGone);
}

TEST(WriteAll, ASignalEndsTheWaitForAStuckReader) {
    Pipe pipe;
    Pipe interrupt;
    ASSERT_EQ(::write(interrupt.write.get(), "x", 1), 1);
    const auto written = write_all(pipe.write.get(), std::string(1'000'000, 'x'), interrupt.read.get());
    ASSERT_TRUE(written);
    EXPECT_EQ(*written, Written::kInterrupted);
}

TEST(WriteAll, FullDiskAndClosedDescriptor) {
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    ASSERT_TRUE(full);
    EXPECT_EQ(write_all(full.get(), "x", -1).error().message, "stdout cannot be written: No space left on device");
    EXPECT_FALSE(write_all(1'000'000, "x", -1));
}

std::string error_of(const Result<Written>& result) {
    return result ? "none" : result.error().message;
}

TEST(WriteAll, AnInputOutputErrorOfWhatIsNoTerminalIsAnError) {
    const UniqueFd nowhere(::open("/proc/self/mem", O_WRONLY | O_CLOEXEC)); // nothing is mapped at 0
    ASSERT_TRUE(nowhere);
    EXPECT_EQ(error_of(write_all(nowhere.get(), "x", -1)), "stdout cannot be written: Input/output error");
}

TEST(WriteAll, WhatTakesNothingIsAnError) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    const std::string path = "/proc/" + std::to_string(child) + "/mem";
    const UniqueFd memory(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ASSERT_TRUE(memory);
    // The memory of a process that is no more takes 0 bytes (fs/proc/base.c mem_rw()).
    EXPECT_EQ(error_of(write_all(memory.get(), "x", -1)), "stdout cannot be written: it takes nothing");
}

} // namespace
} // namespace kfence
