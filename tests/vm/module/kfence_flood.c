// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flood of sampled allocations, for the tests of kfence-tools. Writing N to
 * /sys/kernel/debug/kfence_flood/run allocates and frees until KFENCE has served
 * N objects, or two minutes have passed since it served the last one; several
 * writers may run at the same time. It needs a short interval and a large burst.
 */
#include <linux/debugfs.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define FLOOD_PATIENCE (120 * HZ)
#define FLOOD_KEEP 16	/* objects alive at a time, per writer */

static struct kmem_cache *flood_cache;
static struct dentry *flood_dir;

static void give_back(void *object)
{
	if (object)
		kmem_cache_free(flood_cache, object);
}

static int flood(unsigned long wanted)
{
	void *kept[FLOOD_KEEP] = {};
	unsigned long served = 0, patience = jiffies + FLOOD_PATIENCE;
	unsigned int i;
	int error = 0;

	while (served < wanted && !error) {
		void *object = kmem_cache_alloc(flood_cache, GFP_KERNEL);

		if (is_kfence_address(object)) {
			swap(object, kept[served % FLOOD_KEEP]);
			served++;
			patience = jiffies + FLOOD_PATIENCE;
		}
		give_back(object);
		cond_resched();
		if (signal_pending(current))
			error = -EINTR;
		else if (time_after(jiffies, patience))
			error = -ETIMEDOUT;
	}
	for (i = 0; i < FLOOD_KEEP; i++)
		give_back(kept[i]);
	return error;
}

static ssize_t run_write(struct file *file, const char __user *from, size_t size, loff_t *offset)
{
	unsigned long wanted;
	int error = kstrtoul_from_user(from, size, 0, &wanted);

	if (!error)
		error = flood(wanted);
	return error ? error : size;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
};

static int __init flood_init(void)
{
	flood_cache = kmem_cache_create("kfence_flood", 64, 0, SLAB_NO_MERGE, NULL);
	if (!flood_cache)
		return -ENOMEM;
	flood_dir = debugfs_create_dir("kfence_flood", NULL);
	debugfs_create_file("run", 0200, flood_dir, NULL, &run_fops);
	return 0;
}

static void __exit flood_exit(void)
{
	debugfs_remove_recursive(flood_dir);
	kmem_cache_destroy(flood_cache);
}

module_init(flood_init);
module_exit(flood_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A flood of KFENCE allocations, for tests");
