// SPDX-License-Identifier: Apache-2.0
// mutate FILE RUNS [SEED]: runs a fuzz target on mutations of one file, the same ones for the same seed. For compilers
// without libFuzzer, and for the tests, which are to take a bounded time.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

class Mutator {
public:
    explicit Mutator(std::uint64_t seed) : random_(seed) {}

    std::vector<std::uint8_t> operator()(std::vector<std::uint8_t> bytes) {
        const std::size_t changes = 1 + below(8);
        for (std::size_t i = 0; i < changes && !bytes.empty(); ++i) {
            change(bytes);
        }
        return bytes;
    }

private:
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }

    void change(std::vector<std::uint8_t>& bytes) {
        constexpr std::uint8_t kOdd[] = {0, 1, 0x7f, 0x80, 0xff};
        const std::size_t at = below(bytes.size());
        switch (below(10)) {
        case 0:
            bytes.resize(at);
            break;
        case 1: { // a piece comes again somewhere else
            const std::size_t from = below(bytes.size());
            const std::size_t length = 1 + below(std::min(bytes.size() - std::max(at, from), std::size_t{4096}));
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(from), length,
                        bytes.begin() + static_cast<std::ptrdiff_t>(at));
            break;
        }
        case 2:
            bytes[at % std::min(bytes.size(), std::size_t{100})] = kOdd[below(std::size(kOdd))]; // the header
            break;
        case 3:
        case 4:
        case 5:
            bytes[at] = kOdd[below(std::size(kOdd))];
            break;
        default:
            bytes[at] = static_cast<std::uint8_t>(random_());
        }
    }

    std::mt19937_64 random_;
};

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fputs("usage: mutate FILE RUNS [SEED]\n", stderr);
        return 2;
    }
    std::ifstream file(argv[1], std::ios::binary);
    const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.empty()) {
        std::fprintf(stderr, "mutate: %s cannot be read, or is empty\n", argv[1]);
        return 1;
    }
    Mutator mutate(argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
    const std::uint64_t runs = std::strtoull(argv[2], nullptr, 10);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    for (std::uint64_t run = 0; run < runs; ++run) {
        const auto mutated = mutate(bytes);
        LLVMFuzzerTestOneInput(mutated.data(), mutated.size());
    }
    std::printf("%llu mutations of %s\n", static_cast<unsigned long long>(runs), argv[1]);
    return 0;
}
