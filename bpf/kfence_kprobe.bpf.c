// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kprobe backend: kernels with BTF for the structures, without direct
 * calls. A kretprobe sees no arguments: an object that was served is read from
 * the metadata, a refusal is only counted.
 */
#include "kfence_events.h"
#include "kfence_reports.h"
#include "kfence_walk.h"

SEC("kretprobe/__kfence_alloc")
int BPF_KRETPROBE(kf_alloc_return, void *object)
{
	if (!ready)
		return 0;
	if (object)
		emit_alloc((kf_u64)object);
	else
		emit_skip(KF_SKIP_UNKNOWN, NULL, 0);
	return 0;
}

/* Entry: before the slot can be reused, and before the stack is saved. */
SEC("kprobe/kfence_guarded_free")
int BPF_KPROBE(kf_free_probe, void *addr, struct kfence_metadata *m, bool zombie)
{
	bool rcu;

	if (!ready || !free_is_valid(m, (kf_u64)addr))
		return 0;
	/* KFENCE saved the stack already when the free was deferred. */
	rcu = object_state(BPF_CORE_READ(m, state)) == KF_STATE_RCU_FREEING;
	emit_free(m, zombie & 1 ? KF_ZOMBIE : KF_FREE, KF_SCRATCH_GUARDED_FREE, rcu);
	return 0;
}

SEC("kprobe/__kfence_free")
int BPF_KPROBE(kf_deferred_probe, void *addr)
{
	if (ready)
		emit_deferred_free((kf_u64)addr);
	return 0;
}

SEC("kprobe/kfence_report_error")
int BPF_KPROBE(kf_report_probe, unsigned long address, bool is_write,
	       struct pt_regs *regs, struct kfence_metadata *m, int type)
{
	kf_u64 ip = 0;

	if (!ready)
		return 0;
	if (regs)
		ip = PT_REGS_IP_CORE(regs);
	emit_report(ctx, address, is_write & 1, ip, m, type);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
