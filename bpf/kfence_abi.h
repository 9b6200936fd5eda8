/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the BPF programs and user space share: the only header that both
 * include. Fixed widths, kind and size first, explicit padding, sizes and
 * offsets asserted on both sides. All integers are in the machine's own byte
 * order: a record never leaves the machine in this form.
 *
 * Who writes what: BPF writes every field of every record; user space writes
 * struct kf_walk_args and reads back what the walk put there.
 */
#ifndef KFENCE_ABI_H
#define KFENCE_ABI_H

#ifdef __bpf__
typedef unsigned char kf_u8;
typedef unsigned short kf_u16;
typedef unsigned int kf_u32;
typedef int kf_s32;
typedef unsigned long long kf_u64;
#define KF_ASSERT(cond, text) _Static_assert(cond, text)
#else
#include <stddef.h>
#include <stdint.h>
typedef uint8_t kf_u8;
typedef uint16_t kf_u16;
typedef uint32_t kf_u32;
typedef int32_t kf_s32;
typedef uint64_t kf_u64;
#ifdef __cplusplus
#define KF_ASSERT(cond, text) static_assert(cond, text)
#else
#define KF_ASSERT(cond, text) _Static_assert(cond, text)
#endif
#endif

#define KF_ABI_VERSION 1

/* mm/kfence/kfence.h: KFENCE_STACK_DEPTH, unchanged from 5.12 to 7.3. */
#define KF_STACK_DEPTH 64
#define KF_COMM_LEN 16
#define KF_CACHE_LEN 64

/* Frames of the stack that BPF takes in a report; the kernel's own limit. */
#define KF_ACCESS_DEPTH 64

enum kf_kind {
	KF_ALLOC = 1,		/* struct kf_alloc */
	KF_FREE = 2,		/* struct kf_free */
	KF_RCU_FREEING = 3,	/* struct kf_free */
	KF_ZOMBIE = 4,		/* struct kf_free, without a stack */
	KF_SKIP = 5,		/* struct kf_skip */
	KF_REPORT = 6,		/* struct kf_report, in the report ring */
	KF_SLOT = 7,		/* struct kf_slot, in the walk ring */
};

enum kf_state {
	KF_STATE_UNUSED = 0,
	KF_STATE_ALLOCATED = 1,
	KF_STATE_RCU_FREEING = 2,
	KF_STATE_FREED = 3,
	KF_STATE_BUSY = 4,	/* walk only: it changed each time it was read */
};

/* Numbered like SkipReason in userspace/event/event.h. */
enum kf_skip_reason {
	KF_SKIP_UNKNOWN = 0,
	KF_SKIP_INCOMPATIBLE = 1,
	KF_SKIP_CACHE = 2,
	KF_SKIP_BUSY = 3,
	KF_SKIP_DISABLED = 4,
	KF_SKIP_COVERED = 5,
	KF_SKIP_CAPACITY = 6,
	KF_SKIP_QUOTA = 7,
	KF_SKIP_REASONS = 8,
};

struct kf_header {
	kf_u16 kind;		/* enum kf_kind */
	kf_u16 version;		/* KF_ABI_VERSION */
	kf_u32 size;		/* of the whole record, bytes */
	kf_u64 mono_ns;		/* CLOCK_MONOTONIC when the record was made */
};
KF_ASSERT(sizeof(struct kf_header) == 16, "kf_header");

struct kf_task {
	kf_s32 pid;
	kf_s32 tgid;
	kf_u64 cgroup;
	char comm[KF_COMM_LEN];
	kf_s32 cpu;
	kf_u32 pid_ns;		/* inode of the pid namespace; 0: unknown */
};
KF_ASSERT(sizeof(struct kf_task) == 40, "kf_task");

/* The stack is last, and only its nr_stack entries are sent. */
struct kf_alloc {
	struct kf_header h;
	kf_u64 allocated_at;	/* kfence_track::ts_nsec, local_clock() */
	kf_u32 slot;
	kf_u32 object_size;
	struct kf_task task;
	char cache[KF_CACHE_LEN];
	kf_u32 pad;
	kf_u32 nr_stack;
	kf_u64 stack[KF_STACK_DEPTH];
};
KF_ASSERT(sizeof(struct kf_alloc) == 144 + 8 * KF_STACK_DEPTH, "kf_alloc");

/* A free, an RCU-deferred free, or a slot that became a zombie. */
struct kf_free {
	struct kf_header h;
	kf_u64 time;		/* kfence_track::ts_nsec of the free, or 0 */
	kf_u64 allocated_at;
	kf_u32 slot;
	kf_u32 rcu_deferred;	/* 1: its cache is SLAB_TYPESAFE_BY_RCU */
	struct kf_task task;
	kf_u32 pad;
	kf_u32 nr_stack;
	kf_u64 stack[KF_STACK_DEPTH];
};
KF_ASSERT(sizeof(struct kf_free) == 88 + 8 * KF_STACK_DEPTH, "kf_free");

/* Value of the per-CPU map that counts what gets no record. */
struct kf_skips {
	kf_u64 by_reason[KF_SKIP_REASONS];
};
KF_ASSERT(sizeof(struct kf_skips) == 8 * KF_SKIP_REASONS, "kf_skips");

struct kf_skip {
	struct kf_header h;
	kf_u32 reason;		/* enum kf_skip_reason */
	kf_u32 object_size;
	char cache[KF_CACHE_LEN];
};
KF_ASSERT(sizeof(struct kf_skip) == 24 + KF_CACHE_LEN, "kf_skip");

/* kfence_track as it is in the metadata. */
struct kf_track {
	kf_u64 ts_nsec;
	kf_s32 pid;
	kf_s32 cpu;
	kf_u32 pad;
	kf_u32 nr_stack;
	kf_u64 stack[KF_STACK_DEPTH];
};
KF_ASSERT(sizeof(struct kf_track) == 24 + 8 * KF_STACK_DEPTH, "kf_track");

struct kf_report {
	struct kf_header h;
	kf_u64 address;		/* of the access, or of the invalid free */
	kf_u64 object;		/* start of the object; 0 without one */
	kf_u64 access_ip;	/* instruction that faulted; 0 without registers */
	kf_u32 slot;		/* 0xffffffff without an object */
	kf_u32 object_size;
	kf_u32 type;		/* enum kfence_error_type of the kernel */
	kf_u32 is_write;
	kf_u32 state;		/* enum kf_state */
	kf_u32 nr_stack;
	struct kf_task task;
	char cache[KF_CACHE_LEN];
	struct kf_track alloc;
	struct kf_track free;
	kf_u64 stack[KF_ACCESS_DEPTH];
};
KF_ASSERT(sizeof(struct kf_report) ==
	  168 + 2 * sizeof(struct kf_track) + 8 * KF_ACCESS_DEPTH, "kf_report");

/* One slot as the walk found it. */
struct kf_slot {
	struct kf_header h;
	kf_u32 slot;
	kf_u32 state;		/* enum kf_state */
	kf_u32 object_size;
	kf_u32 off_freelist;	/* 1: freed, and on no list: a zombie */
	kf_u64 freed_at;
	char cache[KF_CACHE_LEN];
	struct kf_track alloc;	/* only alloc.nr_stack entries are sent */
};
KF_ASSERT(sizeof(struct kf_slot) == 40 + KF_CACHE_LEN + sizeof(struct kf_track),
	  "kf_slot");

/* Context of the walk program; user space sets start and count. */
struct kf_walk_args {
	kf_u32 start;		/* first slot to read */
	kf_u32 count;		/* how many at most */
	kf_u32 next;		/* out: first slot that was not read */
	kf_u32 end;		/* out: 1 when next is the size of the pool */
};
KF_ASSERT(sizeof(struct kf_walk_args) == 16, "kf_walk_args");

enum kf_warned {
	KF_WARNED_NO = 0,
	KF_WARNED_YES = 1,
	KF_WARNED_UNKNOWN = 2,
};

/*
 * Context of the clock program: a moment of CLOCK_MONOTONIC, and a moment of
 * local_clock() that lies a little before it; and what else no file tells.
 */
struct kf_clock_args {
	kf_u64 mono_ns;
	kf_u64 local_ns;	/* 0: this kernel does not tell */
	kf_u32 warned;		/* enum kf_warned: KFENCE switched itself off */
	kf_u32 pad;
};
KF_ASSERT(sizeof(struct kf_clock_args) == 24, "kf_clock_args");

#endif /* KFENCE_ABI_H */
