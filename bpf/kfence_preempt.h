/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel runs no program inside itself on one processor, and counts a miss
 * instead. Where tasks can be preempted in the kernel, another task could come to
 * run in the middle of a program, and its allocation would be such a miss. So
 * programs that are called with preemption enabled switch it off, where the
 * kernel has the functions (kernel/bpf/helpers.c, 6.10); without them such an
 * event is a counted loss.
 */
#ifndef KFENCE_PREEMPT_H
#define KFENCE_PREEMPT_H

#include "kfence_events.h"

extern void bpf_preempt_disable(void) __ksym __weak;
extern void bpf_preempt_enable(void) __ksym __weak;

static __always_inline void stay(void)
{
	if (has_preempt_kfuncs)
		bpf_preempt_disable();
}

static __always_inline void stay_no_more(void)
{
	if (has_preempt_kfuncs)
		bpf_preempt_enable();
}

#endif /* KFENCE_PREEMPT_H */
