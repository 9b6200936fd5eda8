#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records what the tools say under lockdown.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

record lockdown "$(cat /sys/kernel/security/lockdown)"
run top "$TOOLS/kfence-top" --batch --iterations 1
run doctor "$TOOLS/kfence-doctor"
