// SPDX-License-Identifier: Apache-2.0
#include "kernel/kallsyms.h"

#include <gmock/gmock.h>

#include "fixture_root.h"

namespace kfence::test {
namespace {

constexpr std::string_view kText = "ffffffff81000000 T _stext\n"
                                   "ffffffff81000000 T _text\n"
                                   "ffffffff81000010 t __pfx_do_one\n"
                                   "ffffffff81000020 t do_one\n"
                                   "ffffffff81000120 T alias_first\n"
                                   "ffffffff81000120 T alias_second\n"
                                   "ffffffff81000180 W weak_one\n"
                                   "ffffffff81000200 t last_text\n"
                                   "ffffffff81000280 D some_data\n"
                                   "ffffffff81000290 d more_data\n"
                                   "ffffffff82000000 B kfence_metadata\n"
                                   "ffffffff82000008 b __kfence_pool\n"
                                   "ffffffffc0003000 t mod_later\t[zlib]\n"
                                   "ffffffffc0001000 t mod_first\t[nf_tables]\n"
                                   "ffffffffc0009000 d mod_data\t[nf_tables]\n"
                                   "ffffffffc0001100 t mod_last\t[nf_tables]\n";

Kallsyms load(std::string_view text, std::vector<std::string_view> names = {}) {
    const FixtureRoot root;
    root.file("/proc/kallsyms", text);
    auto table = Kallsyms::load(root.root(), names);
    EXPECT_TRUE(table) << table.error().message;
    return std::move(*table);
}

TEST(Kallsyms, PrintsAsTheKernelDoes) {
    const Kallsyms table = load(kText);
    EXPECT_EQ(table.lookup(0xffffffff81000020), "do_one+0x0/0x100");
    EXPECT_EQ(table.lookup(0xffffffff8100011f), "do_one+0xff/0x100");
    EXPECT_EQ(table.lookup(0xffffffff81000018), "__pfx_do_one+0x8/0x10");
    EXPECT_EQ(table.lookup(0xffffffff81000190), "weak_one+0x10/0x80");
}

TEST(Kallsyms, OfSymbolsAtOneAddressTheFirstIsNamed) {
    const Kallsyms table = load(kText);
    EXPECT_EQ(table.lookup(0xffffffff81000005), "_stext+0x5/0x10");
    EXPECT_EQ(table.lookup(0xffffffff81000121), "alias_first+0x1/0x60");
}

TEST(Kallsyms, DataEndsTheLastFunctionAndHasNoName) {
    const Kallsyms table = load(kText);
    EXPECT_EQ(table.lookup(0xffffffff81000208), "last_text+0x8/0x80");
    EXPECT_EQ(table.lookup(0xffffffff81000288), "0xffffffff81000288");
}

TEST(Kallsyms, ModulesAreSortedInAndNamed) {
    const Kallsyms table = load(kText);
    EXPECT_EQ(table.lookup(0xffffffffc0001010), "mod_first+0x10/0x100 [nf_tables]");
    EXPECT_EQ(table.lookup(0xffffffffc0003004), "mod_later+0x4/0x1000 [zlib]");
    // The end of the last symbol of a module is that of its page, and not the next module.
    EXPECT_EQ(table.lookup(0xffffffffc0001100), "mod_last+0x0/0xf00 [nf_tables]");
}

TEST(Kallsyms, AddressesThatAreNobodysStayNumbers) {
    const Kallsyms table = load(kText);
    EXPECT_EQ(table.lookup(0), "0x0");
    EXPECT_EQ(table.lookup(0xffffffff80ffffff), "0xffffffff80ffffff");
    EXPECT_EQ(table.lookup(0xffffffffd0000000), "0xffffffffd0000000");
    EXPECT_EQ(table.lookup(0xffffffffffffffff), "0xffffffffffffffff");
}

TEST(Kallsyms, FindsSymbolsOfAnyKind) {
    const Kallsyms table = load(kText, {"kfence_metadata", "__kfence_pool", "nothing"});
    EXPECT_EQ(table.find("kfence_metadata"), 0xffffffff82000000U);
    EXPECT_EQ(table.find("__kfence_pool"), 0xffffffff82000008U);
    EXPECT_EQ(table.find("nothing"), std::nullopt);
    EXPECT_EQ(table.find("_stext"), std::nullopt) << "not asked for";
    EXPECT_EQ(table.found().size(), 2U);
    EXPECT_EQ(table.found()[1].type, 'b');
}

TEST(Kallsyms, ASymbolMayExistMoreThanOnce) {
    const Kallsyms table = load("ffffffff81000000 t seq_show\nffffffff81000100 t seq_show\n", {"seq_show"});
    EXPECT_EQ(table.found().size(), 2U);
    EXPECT_EQ(table.lookup(0xffffffff81000101), "seq_show+0x1/0xf00");
}

TEST(Kallsyms, AddressesMayBeFarApart) {
    const Kallsyms table = load("0000000000001000 t low\n00000001000fffff t middle\nffff800000000000 t high\n");
    EXPECT_EQ(table.lookup(0x1004), "low+0x4/0x1000fefff");
    EXPECT_EQ(table.lookup(0x100100000), "middle+0x1/0xffff7ffefff00001");
    EXPECT_EQ(table.lookup(0xffff800000000010), "high+0x10/0x1000");
}

TEST(Kallsyms, HiddenAddressesAreNoticed) {
    const Kallsyms blind = load("0000000000000000 T _stext\n0000000000000000 B kfence_metadata\n", {"kfence_metadata"});
    EXPECT_TRUE(blind.blinded());
    EXPECT_EQ(blind.find("kfence_metadata"), std::nullopt);
    EXPECT_EQ(blind.lookup(0x10), "0x10");
    // Symbols of per-CPU data begin at 0 and hide nothing.
    EXPECT_FALSE(load("0000000000000000 A fixed_percpu_data\nffffffff81000000 T _stext\n").blinded());
}

TEST(Kallsyms, GarbageIsSkipped) {
    const Kallsyms table = load("\n\xff\xff\nffffffff81000000\nffffffff81000000 T\nffffffff81000000 T \n"
                                "ffffffff81000000  T x\nffffffff81000010 T fine\nffffffff81000020 T b[\t[\n"
                                "ffffffff81000030 T no_end");
    EXPECT_EQ(table.lookup(0xffffffff81000018), "fine+0x8/0x10");
}

TEST(Kallsyms, EmptyMissingAndEndlessAreErrors) {
    const FixtureRoot root;
    EXPECT_EQ(Kallsyms::load(root.root()).error().kind, ErrorKind::kUnsupported);
    root.file("/proc/kallsyms", "");
    EXPECT_THAT(Kallsyms::load(root.root()).error().message, ::testing::HasSubstr("CONFIG_KALLSYMS"));
    root.file("/proc/kallsyms", std::string(1'000'000, 'x'));
    EXPECT_EQ(Kallsyms::load(root.root()).error().kind, ErrorKind::kFailed);
}

TEST(Kallsyms, BecomesStaleWithTheModules) {
    const FixtureRoot root;
    root.file("/proc/kallsyms", kText);
    root.file("/proc/modules", "zlib 4096 1 nf_tables, Live 0xffffffffc0003000\n");
    const auto table = Kallsyms::load(root.root());
    ASSERT_TRUE(table);
    EXPECT_FALSE(table->stale());
    root.file("/proc/modules", "zlib 4096 2 nf_tables,other, Live 0xffffffffc0003000\n");
    EXPECT_FALSE(table->stale()) << "a use count is no change";
    root.file("/proc/modules", "zlib 4096 1 nf_tables, Live 0xffffffffc0005000\n");
    EXPECT_TRUE(table->stale());
    root.remove("/proc/modules");
    EXPECT_TRUE(table->stale());
}

TEST(Kallsyms, TwoHundredThousandSymbolsFitIntoSixMegabytes) {
    // As on x86: every other symbol is the padding of the next, and names are about 22 bytes long.
    std::string text;
    std::uint64_t address = 0xffffffff81000000;
    for (int i = 0; i < 100'000; i++) {
        char line[160];
        const int size =
            std::snprintf(line, sizeof(line), "%016lx t __pfx_some_subsystem_fun_%d\n%016lx t some_subsystem_fun_%d\n",
                          address, i, address + 16, i);
        text.append(line, static_cast<std::size_t>(size));
        address += 0x100;
    }
    const Kallsyms table = load(text);
    EXPECT_EQ(table.size(), 200'000U);
    EXPECT_LT(table.memory(), std::size_t{6} * 1024 * 1024);
    EXPECT_EQ(table.lookup(0xffffffff81000000 + 0x100 * 99'999 + 0x11), "some_subsystem_fun_99999+0x1/0xf0");
    EXPECT_EQ(table.lookup(0xffffffff81000000 + 0x100 * 50'000 + 0x1), "__pfx_some_subsystem_fun_50000+0x1/0x10");
}

} // namespace
} // namespace kfence::test
