// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fentry backend: stock kernels with BTF and direct calls. Nothing is
 * attached to the general allocation path: __kfence_alloc() runs only while
 * KFENCE's gate is open.
 */
#include "kfence_events.h"
#include "kfence_preempt.h"
#include "kfence_reports.h"
#include "kfence_walk.h"

/*
 * Why was this allocation refused? In the order of __kfence_alloc() in
 * mm/kfence/core.c. Behind the gate nothing can be told from outside: a full
 * pool refuses covered stacks as covered, before it looks for a free slot, and
 * whoever lost the gate to another CPU comes back in the same way.
 */
static __always_inline kf_u32 why_refused(struct kmem_cache *cache, kf_u64 size,
					  unsigned int gfp)
{
	unsigned int flags = BPF_CORE_READ(cache, flags);

	if (size > 1UL << page_shift || gfp & KF_GFP_ZONEMASK ||
	    (gfp & KF_GFP_THISNODE && online_nodes > 1) || cache_is_dma(flags))
		return KF_SKIP_INCOMPATIBLE;
	if (cache_skips_kfence(flags))
		return KF_SKIP_CACHE;
	if (&kfence_enabled && !(read_u64(&kfence_enabled) & 0xff))
		return KF_SKIP_DISABLED;
	return KF_SKIP_UNKNOWN;
}

SEC("fexit/__kfence_alloc")
int BPF_PROG(kf_alloc_exit, struct kmem_cache *cache, unsigned long size,
	     unsigned int gfp, void *object)
{
	if (!ready)
		return 0;
	stay();
	if (object)
		emit_alloc((kf_u64)object);
	else
		emit_skip(why_refused(cache, size, gfp), cache, size);
	stay_no_more();
	return 0;
}

/*
 * Runs in the lock of the object, after KFENCE saved the stack of the free
 * and before the slot is on the freelist: in order per slot, and never for an
 * invalid free.
 */
SEC("fexit/metadata_update_state")
int BPF_PROG(kf_state_exit, struct kfence_metadata *m,
	     unsigned int next)
{
	if (!ready)
		return 0;
	next = object_state(next);
	if (next == KF_STATE_FREED)
		emit_free(m, KF_FREE, KF_SCRATCH_FREE, true);
	else if (next == KF_STATE_RCU_FREEING)
		emit_free(m, KF_RCU_FREEING, KF_SCRATCH_FREE, true);
	return 0;
}

/* Only for zombies, ahead of the free that kf_state_exit sees. */
SEC("fentry/kfence_guarded_free")
int BPF_PROG(kf_zombie_entry, void *addr, struct kfence_metadata *m, bool zombie)
{
	if (ready && zombie && free_is_valid(m, (kf_u64)addr))
		emit_free(m, KF_ZOMBIE, KF_SCRATCH_GUARDED_FREE, false);
	return 0;
}

/* Instead of the two above, and with the next, where metadata_update_state() was inlined. */
SEC("fentry/kfence_guarded_free")
int BPF_PROG(kf_free_entry, void *addr, struct kfence_metadata *m, bool zombie)
{
	if (ready && free_is_valid(m, (kf_u64)addr))
		emit_free(m, zombie ? KF_ZOMBIE : KF_FREE, KF_SCRATCH_GUARDED_FREE,
			  false);
	return 0;
}

SEC("fentry/__kfence_free")
int BPF_PROG(kf_deferred_entry, void *addr)
{
	if (ready)
		emit_deferred_free((kf_u64)addr);
	return 0;
}

SEC("fentry/kfence_report_error")
int BPF_PROG(kf_report_entry, unsigned long address, bool is_write,
	     struct pt_regs *regs, struct kfence_metadata *m, int type)
{
	kf_u64 ip = 0;

	if (!ready)
		return 0;
	if (regs)
		ip = PT_REGS_IP_CORE(regs);
	emit_report(ctx, address, is_write, ip, m, type);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
