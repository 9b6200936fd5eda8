/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's types as far as the programs look at them, relocated by BTF
 * (CO-RE), one block per kernel change, one accessor per fact.
 */
#ifndef KFENCE_CORE_H
#define KFENCE_CORE_H

#include <linux/bpf.h>
#include <stdbool.h>

/* bpf_tracing.h: the registers below have the kernel's names. */
#define __VMLINUX_H__

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "kfence_abi.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

/* mm/slab.h */
struct kmem_cache {
	unsigned int flags;
	const char *name;
};

/* include/linux/nsproxy.h, pid_namespace.h and ns_common.h, 5.12 to 7.3. */
struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct pid_namespace *pid_ns_for_children;
};

/*
 * mm/kfence/kfence.h, 5.12 to 7.3. RCU_FREEING came in 6.12, before FREED: the
 * numbers are the running kernel's, see object_state().
 */
enum kfence_object_state {
	KFENCE_OBJECT_UNUSED,
	KFENCE_OBJECT_ALLOCATED,
	KFENCE_OBJECT_RCU_FREEING,
	KFENCE_OBJECT_FREED,
};

struct kfence_track {
	int pid;
	int cpu;
	unsigned long long ts_nsec;
	int num_stack_entries;
	unsigned long stack_entries[KF_STACK_DEPTH];
};

/* Only its place is used: the lock word comes first in every lock type. */
struct raw_spinlock {
};

struct kfence_metadata {
	struct list_head list;
	struct raw_spinlock lock;
	enum kfence_object_state state;
	unsigned long addr;
	unsigned long size;
	struct kmem_cache *cache;
	struct kfence_track alloc_track;
	struct kfence_track free_track;
};

/* include/linux/sched.h; its fields are there with CONFIG_SCHED_INFO only. */
struct sched_info {
	unsigned long long last_arrival;
};

struct task_struct {
	struct sched_info sched_info;
	struct nsproxy *nsproxy;
};

#if defined(__TARGET_ARCH_x86)
/* arch/x86/include/asm/ptrace.h, x86_64 */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
/* arch/arm64/include/uapi/asm/ptrace.h */
struct user_pt_regs {
	unsigned long long regs[31];
	unsigned long long sp, pc, pstate;
};
#endif

#pragma clang attribute pop

/* Slab flags became numbers of bits in 6.9; before, they were constants. */
enum _slab_flag_bits {
	_SLAB_CACHE_DMA,
	_SLAB_CACHE_DMA32,
	_SLAB_TYPESAFE_BY_RCU,
	_SLAB_SKIP_KFENCE,
};

#define KF_SLAB_FLAG(bit, old)						\
	(bpf_core_enum_value_exists(enum _slab_flag_bits, bit) ?	\
	 1U << bpf_core_enum_value(enum _slab_flag_bits, bit) : (old))

static __always_inline bool cache_is_rcu(unsigned int flags)
{
	return flags & KF_SLAB_FLAG(_SLAB_TYPESAFE_BY_RCU, 0x00080000U);
}

static __always_inline bool cache_is_dma(unsigned int flags)
{
	return flags & (KF_SLAB_FLAG(_SLAB_CACHE_DMA, 0x00004000U) |
			KF_SLAB_FLAG(_SLAB_CACHE_DMA32, 0x00008000U));
}

/* skip_kfence came in 6.1; 0x20000000 there. */
static __always_inline bool cache_skips_kfence(unsigned int flags)
{
	return flags & KF_SLAB_FLAG(_SLAB_SKIP_KFENCE, 0x20000000U);
}

/* GFP_ZONEMASK: DMA, HIGHMEM, DMA32 and MOVABLE are the lowest four bits. */
#define KF_GFP_ZONEMASK 0x0fU

#define KF_KERNEL_STATE(state)	bpf_core_enum_value(enum kfence_object_state, state)

/* The kernel's number of a state as enum kf_state. */
static __always_inline kf_u32 object_state(kf_u32 kernel)
{
	if (kernel == KF_KERNEL_STATE(KFENCE_OBJECT_ALLOCATED))
		return KF_STATE_ALLOCATED;
	if (kernel == KF_KERNEL_STATE(KFENCE_OBJECT_FREED))
		return KF_STATE_FREED;
	if (bpf_core_enum_value_exists(enum kfence_object_state,
				       KFENCE_OBJECT_RCU_FREEING) &&
	    kernel == KF_KERNEL_STATE(KFENCE_OBJECT_RCU_FREEING))
		return KF_STATE_RCU_FREEING;
	return KF_STATE_UNUSED;
}

/* include/linux/gfp_types.h: the same bit from 5.12 to 7.3. */
#define KF_GFP_THISNODE 0x200000U

#endif /* KFENCE_CORE_H */
