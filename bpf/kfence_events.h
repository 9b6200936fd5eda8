/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps, configuration and the functions that turn KFENCE's metadata into
 * records. The attach points are in kfence_tracepoint.bpf.c,
 * kfence_fentry.bpf.c and kfence_kprobe.bpf.c; they include this file, the reports
 * and the walk, and nothing else.
 *
 * Every record is one ring reservation. Stacks are copied from the metadata,
 * where KFENCE saved them; nothing is unwound except, once per bug, the stack
 * of the access that a report is about.
 */
#ifndef KFENCE_EVENTS_H
#define KFENCE_EVENTS_H

#include "kfence_core.h"

/* Set by user space before load. */
const volatile kf_u32 page_shift = 12;
const volatile kf_u32 online_nodes = 1;
const volatile bool metadata_is_array;	/* before 6.5: an array, not a pointer */
const volatile bool has_cgroups;	/* the helper is there with CONFIG_CGROUPS only */
const volatile bool has_preempt_kfuncs;	/* bpf_preempt_disable(), since 6.10 */
const volatile kf_u64 wakeup_bytes = 4096;	/* wake the reader from here on */

/*
 * Read by user space through the mapped .bss. Every program reads `ready`, so
 * it has a cache line of its own; the counters are written when something was
 * lost.
 */
#define KF_CACHE_LINE __attribute__((aligned(64)))

bool ready KF_CACHE_LINE;	/* set by user space when everything is attached */
kf_u64 lost_events KF_CACHE_LINE;
kf_u64 lost_reports;

/*
 * Refusals that are only counted. Whoever asks for what KFENCE does not serve
 * is refused as often as he asks while the gate is open, on every CPU.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, kf_u32);
	__type(value, struct kf_skips);
} skips SEC(".maps");

/* Sizes are set by user space before load. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

/* Of its own, so that a flood of allocations never costs a report. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} reports SEC(".maps");

/* Of its own, so that a resynchronisation works while events overflows. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} walked SEC(".maps");

/*
 * Scratch memory, one entry per program: a program never runs inside itself
 * on one CPU (the kernel counts it as a recursion miss instead), but another
 * one may interrupt it.
 */
enum kf_scratch {
	KF_SCRATCH_ALLOC,
	KF_SCRATCH_FREE,
	KF_SCRATCH_GUARDED_FREE,
	KF_SCRATCH_WALK,
	KF_SCRATCHES,
};

union kf_record {
	struct kf_alloc alloc;
	struct kf_free free;
	struct kf_slot slot;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KF_SCRATCHES);
	__type(key, kf_u32);
	__type(value, union kf_record);
} scratch SEC(".maps");

extern const void kfence_metadata __ksym;
extern const void __kfence_pool __ksym;
extern const void kfence_enabled __ksym __weak;
extern const void disabled_by_warn __ksym __weak;

static __always_inline kf_u64 read_u64(const void *where)
{
	kf_u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), where);
	return value;
}

static __always_inline struct kfence_metadata *metadata_base(void)
{
	if (metadata_is_array)
		return (struct kfence_metadata *)&kfence_metadata;
	return (struct kfence_metadata *)read_u64(&kfence_metadata);
}

static __always_inline kf_u64 metadata_size(void)
{
	return bpf_core_type_size(struct kfence_metadata);
}

static __always_inline struct kfence_metadata *slot_to_metadata(kf_u32 slot)
{
	void *base = metadata_base();

	return base ? base + slot * metadata_size() : NULL;
}

/* addr_to_metadata() of mm/kfence/kfence.h, for an object of the pool. */
static __always_inline kf_u32 address_to_slot(kf_u64 address)
{
	kf_u64 pool = read_u64(&__kfence_pool);

	return ((address - pool) >> (page_shift + 1)) - 1;
}

static __always_inline void fill_header(struct kf_header *h, kf_u16 kind,
					kf_u32 size)
{
	h->kind = kind;
	h->version = KF_ABI_VERSION;
	h->size = size;
	h->mono_ns = bpf_ktime_get_ns();
}

/*
 * The namespace that the task's children are born into: its own, unless it
 * called unshare(). A task that exits has none any more, which reads as 0.
 */
static __always_inline kf_u32 current_pid_ns(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, nsproxy, pid_ns_for_children, ns.inum);
}

static __always_inline void fill_task(struct kf_task *t)
{
	kf_u64 id = bpf_get_current_pid_tgid();

	t->pid = (kf_s32)id;
	t->tgid = (kf_s32)(id >> 32);
	t->cgroup = has_cgroups ? bpf_get_current_cgroup_id() : 0;
	bpf_get_current_comm(t->comm, sizeof(t->comm));
	t->cpu = bpf_get_smp_processor_id();
	t->pid_ns = current_pid_ns();
}

/* Stops at the first NUL; the rest of the field is cleared. */
static __always_inline void fill_cache(char *name, struct kmem_cache *cache)
{
	__builtin_memset(name, 0, KF_CACHE_LEN);
	if (cache)
		bpf_probe_read_kernel_str(name, KF_CACHE_LEN,
					  BPF_CORE_READ(cache, name));
}

/* Copies a stack out of the metadata; returns the number of entries. */
static __always_inline kf_u32 copy_stack(kf_u64 *to, const void *entries, int nr)
{
	kf_u32 n = nr < 0 ? 0 : nr;

	if (n > KF_STACK_DEPTH)
		n = KF_STACK_DEPTH;
	if (bpf_probe_read_kernel(to, n * sizeof(kf_u64), entries))
		return 0;
	return n;
}

static __always_inline kf_u32 alloc_stack(kf_u64 *to, struct kfence_metadata *m)
{
	return copy_stack(to, (void *)m +
			  bpf_core_field_offset(m->alloc_track.stack_entries),
			  BPF_CORE_READ(m, alloc_track.num_stack_entries));
}

static __always_inline kf_u32 free_stack(kf_u64 *to, struct kfence_metadata *m)
{
	return copy_stack(to, (void *)m +
			  bpf_core_field_offset(m->free_track.stack_entries),
			  BPF_CORE_READ(m, free_track.num_stack_entries));
}

/* The reader comes by on its own; it is woken only when the ring fills up. */
static __always_inline kf_u64 wakeup_flags(void)
{
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= wakeup_bytes ?
	       BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

static __always_inline void send(void *record, kf_u64 size)
{
	if (bpf_ringbuf_output(&events, record, size, wakeup_flags()))
		__sync_fetch_and_add(&lost_events, 1);
}

/* An allocation was served; runs before its caller sees the object. */
static __always_inline void emit_alloc(kf_u64 address)
{
	kf_u32 key = KF_SCRATCH_ALLOC;
	struct kf_alloc *r = bpf_map_lookup_elem(&scratch, &key);
	kf_u32 slot = address_to_slot(address);
	struct kfence_metadata *m = slot_to_metadata(slot);
	kf_u32 nr;

	if (!r || !m)
		return;
	r->allocated_at = BPF_CORE_READ(m, alloc_track.ts_nsec);
	r->slot = slot;
	r->object_size = BPF_CORE_READ(m, size);
	fill_task(&r->task);
	/* The task may have moved since: it is out of the object's lock. */
	r->task.cpu = BPF_CORE_READ(m, alloc_track.cpu);
	fill_cache(r->cache, BPF_CORE_READ(m, cache));
	r->pad = 0;
	nr = alloc_stack(r->stack, m);
	r->nr_stack = nr;
	if (nr > KF_STACK_DEPTH)
		return;
	fill_header(&r->h, KF_ALLOC,
		    __builtin_offsetof(struct kf_alloc, stack) + nr * 8);
	send(r, __builtin_offsetof(struct kf_alloc, stack) + nr * 8);
}

/*
 * The object of @m is being freed; called in its lock, or before its slot
 * can be reused.
 */
static __always_inline void emit_free(struct kfence_metadata *m, kf_u16 kind,
				      kf_u32 key, bool with_stack)
{
	struct kf_free *r = bpf_map_lookup_elem(&scratch, &key);
	struct kmem_cache *cache = BPF_CORE_READ(m, cache);
	kf_u32 nr = 0;

	if (!r)
		return;
	r->time = with_stack ? BPF_CORE_READ(m, free_track.ts_nsec) : 0;
	r->allocated_at = BPF_CORE_READ(m, alloc_track.ts_nsec);
	r->slot = address_to_slot(BPF_CORE_READ(m, addr));
	r->rcu_deferred = cache && cache_is_rcu(BPF_CORE_READ(cache, flags));
	fill_task(&r->task);
	r->pad = 0;
	if (with_stack)
		nr = free_stack(r->stack, m);
	r->nr_stack = nr;
	if (nr > KF_STACK_DEPTH)
		return;
	fill_header(&r->h, kind,
		    __builtin_offsetof(struct kf_free, stack) + nr * 8);
	send(r, __builtin_offsetof(struct kf_free, stack) + nr * 8);
}

/*
 * kfence_guarded_free() was entered for @m. Returns false for an invalid or
 * double free, which frees nothing.
 */
static __always_inline bool free_is_valid(struct kfence_metadata *m, kf_u64 address)
{
	kf_u32 state = object_state(BPF_CORE_READ(m, state));

	return (state == KF_STATE_ALLOCATED || state == KF_STATE_RCU_FREEING) &&
	       BPF_CORE_READ(m, addr) == address;
}

/*
 * __kfence_free() was entered. Where metadata_update_state() is not seen, a
 * free that waits for a grace period is told from the cache, as the kernel
 * does; the kernel marks the object after that.
 */
static __always_inline void emit_deferred_free(kf_u64 address)
{
	struct kfence_metadata *m = slot_to_metadata(address_to_slot(address));
	struct kmem_cache *cache = m ? BPF_CORE_READ(m, cache) : NULL;

	if (cache && cache_is_rcu(BPF_CORE_READ(cache, flags)) &&
	    object_state(BPF_CORE_READ(m, state)) == KF_STATE_ALLOCATED &&
	    BPF_CORE_READ(m, addr) == address)
		emit_free(m, KF_RCU_FREEING, KF_SCRATCH_FREE, false);
}

/* One program counts, and does not run inside itself: no atomic is needed. */
static __always_inline void count_skip(kf_u32 reason)
{
	kf_u32 key = 0;
	struct kf_skips *counts = bpf_map_lookup_elem(&skips, &key);

	if (counts && reason < KF_SKIP_REASONS)
		counts->by_reason[reason]++;
}

/* Who was refused for want of room is of interest; who asks for what KFENCE does not serve is not. */
static __always_inline bool is_worth_a_record(kf_u32 reason)
{
	return reason == KF_SKIP_UNKNOWN || reason == KF_SKIP_COVERED ||
	       reason == KF_SKIP_CAPACITY || reason == KF_SKIP_QUOTA ||
	       reason == KF_SKIP_BUSY;
}

/*
 * An allocation was refused. Its cache is worth a record for some reasons, as
 * long as there is room that no allocation or free will need.
 */
static __always_inline void emit_skip(kf_u32 reason, struct kmem_cache *cache,
				      kf_u64 size)
{
	struct kf_skip *r = NULL;

	if (is_worth_a_record(reason) && cache &&
	    bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) < wakeup_bytes)
		r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
	if (!r) {
		count_skip(reason);
		return;
	}
	fill_header(&r->h, KF_SKIP, sizeof(*r));
	r->reason = reason;
	r->object_size = size;
	fill_cache(r->cache, cache);
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

#endif /* KFENCE_EVENTS_H */
