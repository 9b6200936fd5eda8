// SPDX-License-Identifier: Apache-2.0
#include "fixture_root.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace kfence::test {

namespace fs = std::filesystem;

FixtureRoot::FixtureRoot() {
    std::string name = (fs::temp_directory_path() / "kfence-root-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("no temporary folder");
    }
    root_ = name;
    fs::permissions(root_, fs::perms(0755)); // also for WithoutRoot
}

FixtureRoot::~FixtureRoot() {
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(root_, ignored)) {
        if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) {
            fs::permissions(entry.path(), fs::perms::owner_all, ignored);
        }
    }
    fs::remove_all(root_, ignored);
}

std::string FixtureRoot::path(std::string_view absolute) const {
    return root_.string() + std::string(absolute);
}

void FixtureRoot::file(std::string_view absolute, std::string_view text) const {
    fs::create_directories(fs::path(path(absolute)).parent_path());
    std::ofstream out(path(absolute), std::ios::binary | std::ios::trunc);
    out << text;
    if (!out.flush()) {
        throw std::runtime_error("cannot write " + path(absolute));
    }
}

void FixtureRoot::folder(std::string_view absolute) const {
    fs::create_directories(path(absolute));
}

void FixtureRoot::link(std::string_view absolute, std::string_view target) const {
    fs::create_directories(fs::path(path(absolute)).parent_path());
    fs::create_symlink(target, path(absolute));
}

void FixtureRoot::remove(std::string_view absolute) const {
    if (fs::remove_all(path(absolute)) == 0) {
        throw std::runtime_error("nothing at " + path(absolute));
    }
}

void FixtureRoot::mode(std::string_view absolute, int bits) const {
    fs::permissions(path(absolute), static_cast<fs::perms>(bits));
}

WithoutRoot::WithoutRoot() : was_root_(::geteuid() == 0) {
    constexpr uid_t kNobody = 65534;
    if (was_root_ && ::seteuid(kNobody) != 0) {
        throw std::runtime_error("cannot give up root");
    }
}

WithoutRoot::~WithoutRoot() {
    if (was_root_ && ::seteuid(0) != 0) {
        std::abort();
    }
}

} // namespace kfence::test
