#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build_module.sh KERNEL FOLDER: builds the modules of tests/vm/module for a guest's kernel into FOLDER.
set -euo pipefail

kernel=$1 folder=$2
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
headers=$("$here/../../scripts/kernel" headers "$kernel") || exit
mkdir -p "$folder"
cp "$here"/module/Kbuild "$here"/module/*.c "$folder/"
make -C "$headers" M="$folder" CC="${KERNEL_CC:-gcc}" modules >"$folder/build.log" 2>&1 || {
    cat "$folder/build.log"
    echo "the module does not build against $headers"
    exit 1
}
test -s "$folder/kfence_provoke.ko" && test -s "$folder/kfence_flood.ko"
