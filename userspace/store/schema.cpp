// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

namespace kfence {

// Narrow rows: an integer costs what its value needs, 0, 1 and NULL cost nothing. Whatever is text is stored once.
// seq is one numbering over all tables: the order in which things were recorded.
const char* const kSchema = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE machines(
    id INTEGER PRIMARY KEY, host TEXT, kernel TEXT, boot_id TEXT, backend TEXT, blind TEXT, complete_stream INTEGER,
    has_counters INTEGER, sees_zombies INTEGER, config TEXT, tool TEXT,
    started INTEGER, started_unix INTEGER, ended INTEGER, ended_unix INTEGER);
CREATE TABLE caches(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE frames(id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE stacks(id INTEGER PRIMARY KEY, skip INTEGER NOT NULL);
CREATE TABLE stack_frames(stack INTEGER, depth INTEGER, frame INTEGER NOT NULL, PRIMARY KEY(stack, depth)) WITHOUT ROWID;
CREATE TABLE cgroups(id INTEGER PRIMARY KEY, kernel_id INTEGER NOT NULL, path TEXT);
CREATE TABLE tasks(id INTEGER PRIMARY KEY, pid INTEGER, tgid INTEGER, comm TEXT, cgroup INTEGER, pid_namespace INTEGER);
CREATE TABLE events(
    seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind INTEGER NOT NULL, slot INTEGER NOT NULL, cache INTEGER,
    size INTEGER, stack INTEGER, task INTEGER, cpu INTEGER, object INTEGER, machine INTEGER NOT NULL);
CREATE TABLE slots(
    seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, origin INTEGER NOT NULL, slot INTEGER NOT NULL, state INTEGER NOT NULL,
    cache INTEGER, size INTEGER, allocated_at INTEGER, freed_at INTEGER, alloc_stack INTEGER, free_stack INTEGER,
    task INTEGER, cpu INTEGER, object INTEGER, machine INTEGER NOT NULL);
CREATE TABLE walks(
    seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, objects INTEGER NOT NULL, keyframe INTEGER NOT NULL,
    machine INTEGER NOT NULL);
CREATE TABLE skips(
    seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, reason INTEGER NOT NULL, count INTEGER NOT NULL, cache INTEGER,
    size INTEGER, machine INTEGER NOT NULL);
CREATE TABLE settings(
    seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, sample_interval_ms INTEGER, skip_covered_thresh INTEGER,
    burst INTEGER, deferrable_timer INTEGER, disabled_by_warn INTEGER, machine INTEGER NOT NULL);
CREATE TABLE cache_skips(
    seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, cache INTEGER NOT NULL, skip INTEGER NOT NULL,
    machine INTEGER NOT NULL);
CREATE TABLE stats(
    seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, unix_time INTEGER NOT NULL, settled INTEGER NOT NULL,
    enabled INTEGER, allocated INTEGER, allocs INTEGER, frees INTEGER, zombies INTEGER, bugs INTEGER,
    skip_incompatible INTEGER, skip_capacity INTEGER, skip_covered INTEGER, skip_quota INTEGER,
    machine INTEGER NOT NULL);
CREATE TABLE losses(
    seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, cause INTEGER NOT NULL, count INTEGER NOT NULL,
    machine INTEGER NOT NULL);
CREATE TABLE reports(
    seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, type INTEGER NOT NULL, access INTEGER NOT NULL, slot INTEGER,
    cache INTEGER, size INTEGER, offset INTEGER, allocated_at INTEGER, freed_at INTEGER, access_stack INTEGER,
    alloc_stack INTEGER, free_stack INTEGER, task INTEGER, cpu INTEGER, alloc_task INTEGER, alloc_cpu INTEGER,
    free_task INTEGER, free_cpu INTEGER, object INTEGER, machine INTEGER NOT NULL);

CREATE TABLE kinds(id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO kinds VALUES (0, 'alloc'), (1, 'free'), (2, 'rcu-freeing'), (3, 'rcu-free'), (4, 'zombie');
CREATE TABLE states(id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO states VALUES (0, 'unused'), (1, 'allocated'), (2, 'rcu-freeing'), (3, 'freed'), (4, 'zombie'), (5, 'busy');
CREATE TABLE skip_reasons(id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO skip_reasons VALUES (0, 'unknown'), (1, 'incompatible'), (2, 'cache'), (3, 'busy'), (4, 'disabled'),
    (5, 'covered'), (6, 'capacity'), (7, 'quota');
CREATE TABLE loss_causes(id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO loss_causes VALUES (0, 'ring_full'), (1, 'reports_full'), (2, 'recursion'), (3, 'probe_missed'),
    (4, 'undecodable'), (5, 'walk');
CREATE TABLE report_types(id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO report_types VALUES (0, 'out-of-bounds'), (1, 'use-after-free'), (2, 'memory corruption'),
    (3, 'invalid access'), (4, 'invalid free');

CREATE VIEW objects_seen AS
    SELECT seq AS object, machine, slot, cache, size, time AS allocated_at, stack, task FROM events
        WHERE kind = 0 AND object IS NULL
    UNION ALL
    SELECT object, machine, slot, cache, size, allocated_at, alloc_stack, task FROM slots WHERE origin IN (1, 2);
CREATE VIEW object_lifetimes AS
    SELECT o.object, o.machine, o.slot, c.name AS cache, o.size, o.allocated_at, f.time AS freed_at,
        f.time - o.allocated_at AS lifetime_ns, o.stack AS alloc_stack, f.stack AS free_stack, t.comm, t.tgid,
        t.pid_namespace, g.path AS cgroup
    FROM objects_seen o
    LEFT JOIN (SELECT object, time, stack FROM events WHERE kind IN (1, 3) AND object IS NOT NULL) f
        ON f.object = o.object
    LEFT JOIN caches c ON c.id = o.cache
    LEFT JOIN tasks t ON t.id = o.task
    LEFT JOIN cgroups g ON g.id = t.cgroup;
CREATE VIEW stack_texts AS
    SELECT stack, group_concat(text, ' < ') AS frames FROM (
        SELECT s.stack, f.text FROM stack_frames s JOIN stacks k ON k.id = s.stack JOIN frames f ON f.id = s.frame
            WHERE s.depth >= k.skip ORDER BY s.stack, s.depth)
    GROUP BY stack;
)sql";

const char* const kAddressTable =
    "CREATE TABLE frame_addresses(frame INTEGER, address INTEGER, PRIMARY KEY(frame, address)) WITHOUT ROWID;";

} // namespace kfence
