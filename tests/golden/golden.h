// SPDX-License-Identifier: Apache-2.0
// A text against its file in tests/golden.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace kfence::test {

/// KFENCE_UPDATE_GOLDEN in the environment writes the file anew.
inline void expect_golden(const std::string& name, const std::string& text) {
    const std::string path = TEST_SOURCE_DIR "/golden/" + name + ".txt";
    if (std::getenv("KFENCE_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(path, std::ios::binary) << text;
        return;
    }
    std::ifstream file(path, std::ios::binary);
    const std::string expected{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(expected, text) << path << ": KFENCE_UPDATE_GOLDEN=1 writes it anew";
}

} // namespace kfence::test
