// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoint backend: kernels with the tracepoints of kernel-patches/. They
 * hand over the metadata in the lock of the object, so the records are those of
 * the fentry backend; what is more are the refusals, each with its reason.
 */
#include "kfence_events.h"
#include "kfence_preempt.h"
#include "kfence_reports.h"
#include "kfence_walk.h"

/* mm/kfence/kfence.h of the patched kernel; the numbers are the kernel's own. */
enum kfence_free_kind {
	KFENCE_FREE_DIRECT,
	KFENCE_FREE_DEFERRED,
	KFENCE_FREE_RCU,
	KFENCE_FREE_ZOMBIE,
};

enum kfence_skip_reason {
	KFENCE_SKIP_INCOMPATIBLE,
	KFENCE_SKIP_CACHE,
	KFENCE_SKIP_CAPACITY,
	KFENCE_SKIP_COVERED,
	KFENCE_SKIP_BUSY,
	KFENCE_SKIP_DISABLED,
	KFENCE_SKIP_QUOTA,
};

enum kfence_error_type {
	KFENCE_ERROR_OOB,
	KFENCE_ERROR_UAF,
	KFENCE_ERROR_CORRUPTION,
	KFENCE_ERROR_INVALID,
	KFENCE_ERROR_INVALID_FREE,
};

#define KF_KERNEL_ERROR(type) bpf_core_enum_value(enum kfence_error_type, type)
#define KF_KERNEL_KIND(kind) bpf_core_enum_value(enum kfence_free_kind, kind)
#define KF_IS_REASON(reason, name)					\
	(bpf_core_enum_value_exists(enum kfence_skip_reason, name) &&	\
	 (reason) == bpf_core_enum_value(enum kfence_skip_reason, name))

static __always_inline kf_u32 skip_reason(kf_u32 kernel)
{
	if (KF_IS_REASON(kernel, KFENCE_SKIP_INCOMPATIBLE))
		return KF_SKIP_INCOMPATIBLE;
	if (KF_IS_REASON(kernel, KFENCE_SKIP_CACHE))
		return KF_SKIP_CACHE;
	if (KF_IS_REASON(kernel, KFENCE_SKIP_CAPACITY))
		return KF_SKIP_CAPACITY;
	if (KF_IS_REASON(kernel, KFENCE_SKIP_COVERED))
		return KF_SKIP_COVERED;
	if (KF_IS_REASON(kernel, KFENCE_SKIP_BUSY))
		return KF_SKIP_BUSY;
	if (KF_IS_REASON(kernel, KFENCE_SKIP_DISABLED))
		return KF_SKIP_DISABLED;
	if (KF_IS_REASON(kernel, KFENCE_SKIP_QUOTA))
		return KF_SKIP_QUOTA;
	return KF_SKIP_UNKNOWN;
}

SEC("tp_btf/kfence_alloc")
int BPF_PROG(kf_trace_alloc, struct kfence_metadata *m)
{
	if (ready)
		emit_alloc(BPF_CORE_READ(m, addr));
	return 0;
}

SEC("tp_btf/kfence_free")
int BPF_PROG(kf_trace_free, struct kfence_metadata *m, unsigned int kind)
{
	if (!ready)
		return 0;
	if (kind == KF_KERNEL_KIND(KFENCE_FREE_DEFERRED)) {
		emit_free(m, KF_RCU_FREEING, KF_SCRATCH_FREE, true);
		return 0;
	}
	/* The object is freed, and its slot is lost: two facts, two records. */
	if (kind == KF_KERNEL_KIND(KFENCE_FREE_ZOMBIE))
		emit_free(m, KF_ZOMBIE, KF_SCRATCH_GUARDED_FREE, false);
	emit_free(m, KF_FREE, KF_SCRATCH_FREE, true);
	return 0;
}

SEC("tp_btf/kfence_skip")
int BPF_PROG(kf_trace_skip, struct kmem_cache *cache, unsigned long size,
	     unsigned int reason)
{
	if (!ready)
		return 0;
	stay();
	emit_skip(skip_reason(reason), cache, size);
	stay_no_more();
	return 0;
}

/*
 * The verifier takes every pointer that a tracepoint hands over for one that is
 * not NULL, and would drop the question; but a report may have no object. So
 * the pointer is read as a number.
 */
SEC("tp_btf/kfence_report")
int BPF_PROG(kf_trace_report, struct kfence_metadata *unused, unsigned long address,
	     bool is_write, unsigned int type, unsigned long *stack, unsigned int nr)
{
	struct kfence_metadata *m = (struct kfence_metadata *)read_u64(ctx);
	bool is_access = type != KF_KERNEL_ERROR(KFENCE_ERROR_CORRUPTION) &&
			 type != KF_KERNEL_ERROR(KFENCE_ERROR_INVALID_FREE);

	if (ready)
		emit_traced_report(address, is_write, is_access, m, type, stack, nr);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
