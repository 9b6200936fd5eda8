/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the pool as it stands, and the kernel's clock: programs that user
 * space runs (BPF_PROG_RUN), attached to nothing.
 */
#ifndef KFENCE_WALK_H
#define KFENCE_WALK_H

#include "kfence_events.h"

/* How often a slot is read again while somebody changes it. */
#define KF_WALK_TRIES 8

struct kf_walk_state {
	kf_u32 start;
	kf_u32 next;
	kf_u32 end;
	kf_u32 pad;
	struct kfence_metadata *base;
	kf_u64 pool;
};

/*
 * The kernel keeps ALIGN_DOWN(addr, PAGE_SIZE) of each slot constant, used or
 * not. The pool's size is exported nowhere: it ends where that stops to hold.
 */
static __always_inline bool slot_is_in_pool(kf_u64 pool, kf_u32 slot, kf_u64 addr)
{
	return addr >> page_shift ==
	       (pool >> page_shift) + 2 * ((kf_u64)slot + 1);
}

/*
 * Whoever changes a slot holds its lock. Without CONFIG_SMP the lock has no
 * word, and whoever holds it cannot be interrupted by us.
 */
static __always_inline kf_u32 lock_word(struct kfence_metadata *m)
{
	kf_u32 word = 0;

	if (bpf_core_field_size(((struct kfence_metadata *)0)->lock) < sizeof(word))
		return 0;
	bpf_probe_read_kernel(&word, sizeof(word), (void *)m +
			      bpf_core_field_offset(struct kfence_metadata, lock));
	return word;
}

/*
 * The slot was not locked before and after, and has not been reused between:
 * kfence_guarded_alloc() writes the cache and the size after the time and the
 * state, all in the lock.
 */
static __always_inline bool read_slot(struct kf_slot *r, struct kfence_metadata *m)
{
	kf_u32 locked = lock_word(m);
	struct kmem_cache *cache = BPF_CORE_READ(m, cache);
	struct list_head *first = BPF_CORE_READ(m, list.next);
	void *self = (void *)m + bpf_core_field_offset(struct kfence_metadata, list);

	r->state = object_state(BPF_CORE_READ(m, state));
	r->object_size = BPF_CORE_READ(m, size);
	r->off_freelist = first == self;
	r->freed_at = r->state >= KF_STATE_RCU_FREEING ?
		      BPF_CORE_READ(m, free_track.ts_nsec) : 0;
	fill_cache(r->cache, cache);
	fill_track(&r->alloc, m, true);
	return !locked && !lock_word(m) && cache == BPF_CORE_READ(m, cache) &&
	       r->object_size == (kf_u32)BPF_CORE_READ(m, size) &&
	       r->state == object_state(BPF_CORE_READ(m, state)) &&
	       r->alloc.ts_nsec == BPF_CORE_READ(m, alloc_track.ts_nsec);
}

/* False: what was read may be of two objects, so only that it exists is told. */
static __always_inline bool read_settled_slot(struct kf_slot *r, struct kfence_metadata *m)
{
	int i;

	for (i = 0; i < KF_WALK_TRIES; i++)
		if (read_slot(r, m))
			return true;
	return false;
}

static __always_inline void forget_slot(struct kf_slot *r)
{
	r->state = KF_STATE_BUSY;
	r->object_size = 0;
	r->off_freelist = 0;
	r->freed_at = 0;
	__builtin_memset(r->cache, 0, sizeof(r->cache));
	clear_track(&r->alloc);
}

static long walk_one(kf_u32 index, struct kf_walk_state *w)
{
	kf_u32 key = KF_SCRATCH_WALK;
	struct kf_slot *r = bpf_map_lookup_elem(&scratch, &key);
	kf_u32 slot = w->start + index;
	struct kfence_metadata *m = (void *)w->base + slot * metadata_size();
	kf_u64 addr = 0;
	kf_u32 nr;

	if (!r)
		return 1;
	if (bpf_probe_read_kernel(&addr, sizeof(addr), (void *)m +
				  bpf_core_field_offset(struct kfence_metadata, addr)) ||
	    !slot_is_in_pool(w->pool, slot, addr)) {
		w->end = 1;
		return 1;
	}
	if (!read_settled_slot(r, m))
		forget_slot(r);
	w->next = slot + 1;
	if (r->state == KF_STATE_UNUSED)
		return 0;
	r->slot = slot;
	nr = r->state == KF_STATE_FREED ? 0 : r->alloc.nr_stack;
	if (nr > KF_STACK_DEPTH)
		return 1;
	fill_header(&r->h, KF_SLOT,
		    __builtin_offsetof(struct kf_slot, alloc.stack) + nr * 8);
	if (bpf_ringbuf_output(&walked, r, __builtin_offsetof(struct kf_slot, alloc.stack) +
			       nr * 8, BPF_RB_NO_WAKEUP)) {
		/* Full: user space drains, and goes on from this slot. */
		w->next = slot;
		return 1;
	}
	return 0;
}

SEC("syscall")
int kf_walk(struct kf_walk_args *args)
{
	struct kf_walk_state w = {
		.start = args->start,
		.next = args->start,
		.base = metadata_base(),
		.pool = read_u64(&__kfence_pool),
	};

	if (w.base && w.pool)
		bpf_loop(args->count, walk_one, &w, 0);
	else
		w.end = 1;	/* KFENCE was never on: there is no pool */
	args->next = w.next;
	args->end = w.end;
	return 0;
}

/* A static bool of mm/kfence/core.c: set by KFENCE_WARN_ON(), never cleared. */
static __always_inline kf_u32 switched_itself_off(void)
{
	unsigned char warned = 0;

	if (!&disabled_by_warn ||
	    bpf_probe_read_kernel(&warned, sizeof(warned), &disabled_by_warn))
		return KF_WARNED_UNKNOWN;
	return warned ? KF_WARNED_YES : KF_WARNED_NO;
}

/*
 * No helper reads local_clock(). The scheduler notes it when a task gets the
 * CPU, which for the caller was a moment ago.
 */
SEC("syscall")
int kf_clock(struct kf_clock_args *args)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	args->mono_ns = bpf_ktime_get_ns();
	args->local_ns = 0;
	args->warned = switched_itself_off();
	/* struct sched_info is always there, and empty without CONFIG_SCHED_INFO. */
	if (bpf_core_field_exists(task->sched_info.last_arrival))
		args->local_ns = BPF_CORE_READ(task, sched_info.last_arrival);
	return 0;
}

#endif /* KFENCE_WALK_H */
