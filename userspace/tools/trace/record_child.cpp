// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/record_child.h"

#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace kfence {
namespace {

std::unexpected<Error> cannot_be_run(const std::string& name, int error) {
    return fail_errno(ErrorKind::kUsage, error, fmt::format("{} cannot be run", sanitize(name)));
}

/// 0: it can be run. Otherwise the error number that says why not.
int why_no_program(const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0 || ::access(path.c_str(), X_OK) != 0) {
        return errno;
    }
    return S_ISREG(found.st_mode) ? 0 : EACCES;
}

/// As execvp(3) looks for it.
constexpr const char* kDefaultPath = "/bin:/usr/bin";

} // namespace

Result<void> check_program(const std::string& name) {
    if (name.empty()) {
        return fail(ErrorKind::kUsage, "the name of the program after -- is empty");
    }
    if (name.find('/') != std::string::npos) {
        const int error = why_no_program(name);
        return error == 0 ? Result<void>{} : cannot_be_run(name, error);
    }
    const char* const set = std::getenv("PATH");
    std::string_view folders = set != nullptr ? set : kDefaultPath;
    for (bool more = true; more;) {
        const std::size_t end = folders.find(':');
        more = end != std::string_view::npos;
        const std::string folder(folders.substr(0, end));
        if (why_no_program((folder.empty() ? "." : folder) + "/" + name) == 0) {
            return {};
        }
        folders.remove_prefix(more ? end + 1 : folders.size());
    }
    return cannot_be_run(name, ENOENT);
}

Result<RecordChild> RecordChild::start(const std::vector<std::string>& command) {
    std::vector<std::string> copies = command; // posix_spawn() wants what it might write to
    std::vector<char*> arguments;
    arguments.reserve(copies.size() + 1);
    for (std::string& argument : copies) {
        arguments.push_back(argument.data());
    }
    arguments.push_back(nullptr);
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t changed; // what ignore_write_signals() ignores
    sigemptyset(&none);
    sigemptyset(&changed);
    sigaddset(&changed, SIGPIPE);
    sigaddset(&changed, SIGXFSZ);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &changed);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, arguments[0], nullptr, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        return cannot_be_run(command[0], error);
    }
    return RecordChild(pid);
}

RecordChild::RecordChild(RecordChild&& other) noexcept : pid_(std::exchange(other.pid_, -1)), status_(other.status_) {}

RecordChild::~RecordChild() {
    if (pid_ > 0 && !status_) {
        ::kill(pid_, SIGTERM);
    }
}

bool RecordChild::has_ended() {
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        status_ = status;
    }
    return status_.has_value();
}

std::string RecordChild::outcome() const {
    if (!status_) {
        return "still runs, and was sent a SIGTERM";
    }
    if (WIFSIGNALED(*status_)) {
        return fmt::format("was ended by signal {} ({})", WTERMSIG(*status_), ::strsignal(WTERMSIG(*status_)));
    }
    return fmt::format("exited with status {}", WEXITSTATUS(*status_));
}

} // namespace kfence
