// SPDX-License-Identifier: Apache-2.0
// A folder that looks like / to the readers of userspace/kernel, made for one test and removed after it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace kfence::test {

class FixtureRoot {
public:
    FixtureRoot();
    FixtureRoot(const FixtureRoot&) = delete;
    FixtureRoot& operator=(const FixtureRoot&) = delete;
    ~FixtureRoot();

    /// Writes "/proc/..." below the root, with the folders above it; replaces what was there.
    void file(std::string_view absolute, std::string_view text) const;
    void folder(std::string_view absolute) const;
    void link(std::string_view absolute, std::string_view target) const;
    void remove(std::string_view absolute) const;
    void mode(std::string_view absolute, int bits) const;

    [[nodiscard]] std::string path(std::string_view absolute) const;
    [[nodiscard]] std::string root() const { return root_.string(); }

private:
    std::filesystem::path root_;
};

/// Gives up root's rights over files for as long as it lives, so that permissions mean something.
class WithoutRoot {
public:
    WithoutRoot();
    WithoutRoot(const WithoutRoot&) = delete;
    WithoutRoot& operator=(const WithoutRoot&) = delete;
    ~WithoutRoot();

private:
    bool was_root_;
};

} // namespace kfence::test
