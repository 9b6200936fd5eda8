# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Which Debian 12 packages are needed for what. The one place where they are listed.

# To compile the tools.
readonly PACKAGES_BUILD=(
    g++ cmake ninja-build pkg-config git ca-certificates
    clang-19 llvm-19 bpftool libbpf-dev libelf-dev zlib1g-dev
    libcli11-dev libfmt-dev libncurses-dev nlohmann-json3-dev libsqlite3-dev
)

# To run something in a virtual machine (scripts/vm).
readonly PACKAGES_RUN=(
    qemu-system-x86 qemu-system-common seabios
    busybox-static util-linux bsdutils iproute2 procps kmod zstd
)

# To test and to check the style.
readonly PACKAGES_TEST=(
    clang-tidy-19 clang-format-19 libclang-rt-19-dev shellcheck
    libgtest-dev libgmock-dev tmux bpftrace jq ccache sqlite3
    gcc make
)

# To build kernels (scripts/kernel build).
readonly PACKAGES_KERNEL=(
    gcc make flex bison bc dwarves libelf-dev libssl-dev xz-utils kmod binutils perl ccache git
)

# To measure (tests/vm/slowdown.sh).
readonly PACKAGES_BENCH=(rt-tests)
