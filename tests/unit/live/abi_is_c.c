// SPDX-License-Identifier: Apache-2.0
// The shared header is valid C, with the same sizes: its asserts are the test.
#include "kfence_abi.h"

int kf_abi_as_c(void) {
    return KF_ABI_VERSION;
}
