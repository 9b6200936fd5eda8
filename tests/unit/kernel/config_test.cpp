// SPDX-License-Identifier: Apache-2.0
#include "kernel/config.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include "fixture_root.h"
#include "kernel/file.h"

namespace kfence::test {
namespace {

constexpr const char* kText = "# CONFIG_KFENCE_KUNIT_TEST is not set\nCONFIG_KFENCE=y\nCONFIG_KFENCE_NUM_OBJECTS=255\n"
                              "CONFIG_LOCALVERSION=\"-x\"\n";

void write_gz(const FixtureRoot& root, const char* text) {
    root.file("/proc/config.gz", "");
    gzFile file = ::gzopen(root.path("/proc/config.gz").c_str(), "wb");
    ASSERT_NE(file, nullptr);
    ASSERT_GT(::gzputs(file, text), 0);
    ASSERT_EQ(::gzclose(file), Z_OK);
}

TEST(Config, FindsValues) {
    const KernelConfig config(kText);
    EXPECT_EQ(config.value("CONFIG_KFENCE"), "y");
    EXPECT_EQ(config.value("CONFIG_KFENCE_NUM_OBJECTS"), "255");
    EXPECT_EQ(config.value("CONFIG_LOCALVERSION"), "-x");
    EXPECT_EQ(config.value("CONFIG_KFENCE_KUNIT_TEST"), std::nullopt);
    EXPECT_EQ(config.value("CONFIG_KFENCE_NUM"), std::nullopt);
}

TEST(Config, PrefersTheRunningKernelsOwn) {
    const FixtureRoot root;
    root.file("/lib/modules/6.1/config", "CONFIG_A=modules\n");
    EXPECT_EQ(KernelConfig::read(root.root(), "6.1")->value("CONFIG_A"), "modules");
    root.file("/boot/config-6.1", "CONFIG_A=boot\n");
    EXPECT_EQ(KernelConfig::read(root.root(), "6.1")->value("CONFIG_A"), "boot");
    write_gz(root, "CONFIG_A=proc\n");
    const auto config = KernelConfig::read(root.root(), "6.1");
    EXPECT_EQ(config->value("CONFIG_A"), "proc");
    EXPECT_EQ(config->path(), root.path("/proc/config.gz"));
}

TEST(Config, ACutFileIsPassedOver) {
    const FixtureRoot root;
    write_gz(root, kText);
    const std::string whole = read_file(root.path("/proc/config.gz")).value();
    root.file("/proc/config.gz", whole.substr(0, whole.size() / 2));
    EXPECT_FALSE(KernelConfig::read(root.root(), "6.1"));
    root.file("/boot/config-6.1", "CONFIG_A=boot\n");
    EXPECT_EQ(KernelConfig::read(root.root(), "6.1")->value("CONFIG_A"), "boot");
}

TEST(Config, NoFileIsUnsupported) {
    const FixtureRoot root;
    root.file("/etc/shadow-config", "secret");
    const auto config = KernelConfig::read(root.root(), "x/../../etc/shadow-config");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().kind, ErrorKind::kUnsupported);
    EXPECT_THAT(config.error().message, ::testing::HasSubstr("/proc/config.gz"));
}

} // namespace
} // namespace kfence::test
