// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bugs on request, for the tests of kfence-tools: never load this on a machine
 * that you need. Writing a name to /sys/kernel/debug/kfence_provoke/run makes
 * KFENCE see one bug, or one unusual life of an object, of that kind:
 *
 *   oob_read oob_write uaf_read uaf_write corruption invalid_access
 *   double_free invalid_free     one report each
 *   rcu_free                     a SLAB_TYPESAFE_BY_RCU object is freed
 *   zombie                       a cache is destroyed with an object alive
 *   hold release                 objects that stay, and go
 *   caches                       caches that come and go, with objects
 *
 * Allocations are repeated until KFENCE serves one, so the sample interval
 * should be short.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kfence.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define PROVOKE_SIZE 32
#define PROVOKE_WAIT (20 * HZ)
#define PROVOKE_HELD 32

static struct kmem_cache *provoke_cache;
static struct kmem_cache *provoke_rcu_cache;
static void *provoke_held[PROVOKE_HELD];
static struct dentry *provoke_dir;

/*
 * An object of @cache from KFENCE's pool. @right: its end is the end of its
 * page, so that the byte after it is in the guard page; @left: it starts at
 * the start of its page; neither: wherever.
 */
enum provoke_side { ANY, LEFT, RIGHT };

static noinline void *provoke_alloc(struct kmem_cache *cache, enum provoke_side side)
{
	unsigned long end = jiffies + PROVOKE_WAIT;
	void *object;

	do {
		object = kmem_cache_alloc(cache, GFP_KERNEL);
		if (!object)
			return NULL;
		if (is_kfence_address(object)) {
			bool left = PAGE_ALIGNED(object);

			if (side == ANY || (side == LEFT) == left)
				return object;
		}
		kmem_cache_free(cache, object);
		cond_resched();
	} while (time_before(jiffies, end));
	return NULL;
}

static noinline int provoke_oob_read(void)
{
	char *object = provoke_alloc(provoke_cache, RIGHT);

	if (!object)
		return -ETIMEDOUT;
	READ_ONCE(object[PROVOKE_SIZE]);
	kmem_cache_free(provoke_cache, object);
	return 0;
}

static noinline int provoke_oob_write(void)
{
	char *object = provoke_alloc(provoke_cache, LEFT);

	if (!object)
		return -ETIMEDOUT;
	WRITE_ONCE(object[-1], 42);
	kmem_cache_free(provoke_cache, object);
	return 0;
}

static noinline int provoke_uaf_read(void)
{
	char *object = provoke_alloc(provoke_cache, ANY);

	if (!object)
		return -ETIMEDOUT;
	kmem_cache_free(provoke_cache, object);
	READ_ONCE(*object);
	return 0;
}

static noinline int provoke_uaf_write(void)
{
	char *object = provoke_alloc(provoke_cache, ANY);

	if (!object)
		return -ETIMEDOUT;
	kmem_cache_free(provoke_cache, object);
	WRITE_ONCE(*object, 42);
	return 0;
}

/* A byte after an object at the start of its page: found on free. */
static noinline int provoke_corruption(void)
{
	char *object = provoke_alloc(provoke_cache, LEFT);

	if (!object)
		return -ETIMEDOUT;
	WRITE_ONCE(object[PROVOKE_SIZE], ~object[PROVOKE_SIZE]);
	kmem_cache_free(provoke_cache, object);
	return 0;
}

/* The second page of the pool belongs to no object. */
static noinline int provoke_invalid_access(void)
{
	READ_ONCE(__kfence_pool[8]);
	return 0;
}

static noinline int provoke_double_free(void)
{
	void *object = provoke_alloc(provoke_cache, ANY);

	if (!object)
		return -ETIMEDOUT;
	kmem_cache_free(provoke_cache, object);
	kmem_cache_free(provoke_cache, object);
	return 0;
}

static noinline int provoke_invalid_free(void)
{
	char *object = provoke_alloc(provoke_cache, ANY);

	if (!object)
		return -ETIMEDOUT;
	kmem_cache_free(provoke_cache, object + 1);
	kmem_cache_free(provoke_cache, object);
	return 0;
}

static noinline int provoke_rcu_free(void)
{
	void *object = provoke_alloc(provoke_rcu_cache, ANY);

	if (!object)
		return -ETIMEDOUT;
	kmem_cache_free(provoke_rcu_cache, object);
	return 0;
}

static struct kmem_cache *provoke_make_cache(const char *name)
{
	return kmem_cache_create(name, PROVOKE_SIZE, 0, SLAB_NO_MERGE, NULL);
}

static noinline int provoke_zombie(void)
{
	struct kmem_cache *cache = provoke_make_cache("provoke-zombie");
	void *object;

	if (!cache)
		return -ENOMEM;
	object = provoke_alloc(cache, ANY);
	kmem_cache_destroy(cache);
	return object ? 0 : -ETIMEDOUT;
}

static noinline int provoke_hold(void)
{
	int i;

	for (i = 0; i < PROVOKE_HELD; i++) {
		if (!provoke_held[i])
			provoke_held[i] = provoke_alloc(provoke_cache, ANY);
		if (!provoke_held[i])
			return -ETIMEDOUT;
	}
	return 0;
}

static noinline int provoke_release(void)
{
	int i;

	for (i = 0; i < PROVOKE_HELD; i++) {
		if (provoke_held[i])
			kmem_cache_free(provoke_cache, provoke_held[i]);
		provoke_held[i] = NULL;
	}
	return 0;
}

static noinline int provoke_caches(void)
{
	int round, i;

	for (round = 0; round < 8; round++) {
		struct kmem_cache *cache = provoke_make_cache("provoke-passing");
		void *objects[64];

		if (!cache)
			return -ENOMEM;
		for (i = 0; i < ARRAY_SIZE(objects); i++)
			objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		for (i = 0; i < ARRAY_SIZE(objects); i++)
			if (objects[i])
				kmem_cache_free(cache, objects[i]);
		kmem_cache_destroy(cache);
	}
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} provoke_cases[] = {
	{ "oob_read", provoke_oob_read },
	{ "oob_write", provoke_oob_write },
	{ "uaf_read", provoke_uaf_read },
	{ "uaf_write", provoke_uaf_write },
	{ "corruption", provoke_corruption },
	{ "invalid_access", provoke_invalid_access },
	{ "double_free", provoke_double_free },
	{ "invalid_free", provoke_invalid_free },
	{ "rcu_free", provoke_rcu_free },
	{ "zombie", provoke_zombie },
	{ "hold", provoke_hold },
	{ "release", provoke_release },
	{ "caches", provoke_caches },
};

static ssize_t provoke_write(struct file *file, const char __user *from, size_t count,
			     loff_t *pos)
{
	char name[32] = "";
	size_t i;
	int error;

	if (count >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, from, count))
		return -EFAULT;
	for (i = 0; i < ARRAY_SIZE(provoke_cases); i++) {
		if (!sysfs_streq(name, provoke_cases[i].name))
			continue;
		error = provoke_cases[i].run();
		return error ? error : count;
	}
	return -EINVAL;
}

static const struct file_operations provoke_fops = {
	.owner = THIS_MODULE,
	.write = provoke_write,
};

static int __init provoke_init(void)
{
	provoke_cache = provoke_make_cache("provoke");
	provoke_rcu_cache = kmem_cache_create("provoke-rcu", PROVOKE_SIZE, 0,
					      SLAB_TYPESAFE_BY_RCU, NULL);
	if (!provoke_cache || !provoke_rcu_cache) {
		kmem_cache_destroy(provoke_cache);
		kmem_cache_destroy(provoke_rcu_cache);
		return -ENOMEM;
	}
	provoke_dir = debugfs_create_dir("kfence_provoke", NULL);
	debugfs_create_file("run", 0200, provoke_dir, NULL, &provoke_fops);
	return 0;
}

static void __exit provoke_exit(void)
{
	debugfs_remove_recursive(provoke_dir);
	provoke_release();
	rcu_barrier();
	kmem_cache_destroy(provoke_rcu_cache);
	kmem_cache_destroy(provoke_cache);
}

module_init(provoke_init);
module_exit(provoke_exit);
MODULE_DESCRIPTION("Bugs on request, for the tests of kfence-tools");
MODULE_LICENSE("GPL");
