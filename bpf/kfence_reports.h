/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports: both stacks of the object, and who made the access. In a ring of their
 * own, with a record of full size: there are few, and each is precious.
 */
#ifndef KFENCE_REPORTS_H
#define KFENCE_REPORTS_H

#include "kfence_events.h"

static __always_inline void fill_track(struct kf_track *to,
				       struct kfence_metadata *m, bool alloc)
{
	to->ts_nsec = alloc ? BPF_CORE_READ(m, alloc_track.ts_nsec) :
			      BPF_CORE_READ(m, free_track.ts_nsec);
	to->pid = alloc ? BPF_CORE_READ(m, alloc_track.pid) :
			  BPF_CORE_READ(m, free_track.pid);
	to->cpu = alloc ? BPF_CORE_READ(m, alloc_track.cpu) :
			  BPF_CORE_READ(m, free_track.cpu);
	to->pad = 0;
	to->nr_stack = alloc ? alloc_stack(to->stack, m) : free_stack(to->stack, m);
}

static __always_inline void clear_track(struct kf_track *to)
{
	to->ts_nsec = 0;
	to->pid = 0;
	to->cpu = -1;
	to->pad = 0;
	to->nr_stack = 0;
}

static __always_inline void fill_report_object(struct kf_report *r,
					       struct kfence_metadata *m)
{
	r->object = BPF_CORE_READ(m, addr);
	r->object_size = BPF_CORE_READ(m, size);
	r->slot = address_to_slot(BPF_CORE_READ(m, addr));
	r->state = object_state(BPF_CORE_READ(m, state));
	fill_cache(r->cache, BPF_CORE_READ(m, cache));
	fill_track(&r->alloc, m, true);
	if (r->state == KF_STATE_FREED || r->state == KF_STATE_RCU_FREEING)
		fill_track(&r->free, m, false);
	else
		clear_track(&r->free);
}

static __always_inline void clear_report_object(struct kf_report *r)
{
	r->object = 0;
	r->object_size = 0;
	r->slot = 0xffffffffU;
	r->state = KF_STATE_UNUSED;
	__builtin_memset(r->cache, 0, sizeof(r->cache));
	clear_track(&r->alloc);
	clear_track(&r->free);
}

/* All of a report but the stack of the access; NULL when there is no room. */
static __always_inline struct kf_report *begin_report(kf_u64 address, bool is_write,
						      kf_u64 access_ip,
						      struct kfence_metadata *m,
						      kf_u32 type)
{
	struct kf_report *r = bpf_ringbuf_reserve(&reports, sizeof(*r), 0);

	if (!r) {
		__sync_fetch_and_add(&lost_reports, 1);
		return NULL;
	}
	fill_header(&r->h, KF_REPORT, sizeof(*r));
	r->address = address;
	r->access_ip = access_ip;
	r->type = type;
	r->is_write = is_write;
	fill_task(&r->task);
	if (m)
		fill_report_object(r, m);
	else
		clear_report_object(r);
	return r;
}

/* kfence_report_error() was entered, in the lock of @m if there is one. */
static __always_inline void emit_report(void *ctx, kf_u64 address, bool is_write,
					kf_u64 access_ip,
					struct kfence_metadata *m, kf_u32 type)
{
	struct kf_report *r = begin_report(address, is_write, access_ip, m, type);
	long bytes;

	if (!r)
		return;
	/* Once per bug: KFENCE keeps no stack of the access itself. */
	bytes = bpf_get_stack(ctx, r->stack, sizeof(r->stack), 0);
	r->nr_stack = bytes > 0 ? bytes / sizeof(kf_u64) : 0;
	bpf_ringbuf_submit(r, 0);
}

/* The same where the kernel hands over the stack, cut to what the access is about. */
static __always_inline void emit_traced_report(kf_u64 address, bool is_write,
					       bool is_access,
					       struct kfence_metadata *m, kf_u32 type,
					       const void *stack, kf_u32 nr)
{
	kf_u64 ip = is_access && nr ? read_u64(stack) : 0;
	struct kf_report *r = begin_report(address, is_write, ip, m, type);

	if (!r)
		return;
	r->nr_stack = copy_stack(r->stack, stack, nr);
	bpf_ringbuf_submit(r, 0);
}

#endif /* KFENCE_REPORTS_H */
