// SPDX-License-Identifier: Apache-2.0
#include "view/json.h"

#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fixed_snapshot.h"

namespace kfence {
namespace {

using Json = nlohmann::json;

Json parsed(const FixedSnapshot& fixed, const CacheOrder& order = {}) {
    const std::string line = render_json(fixed.input(), order);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    return Json::parse(line); // throws on invalid UTF-8
}

void expect_keys(const Json& object, std::set<std::string> keys) {
    for (const auto& [key, value] : object.items()) {
        keys.erase(key);
    }
    EXPECT_TRUE(keys.empty()) << "no " << *keys.begin() << " in " << object;
}

TEST(JsonContract, EveryFieldHasItsName) {
    const FixedSnapshot fixed;
    const Json j = parsed(fixed);
    expect_keys(j, {"time", "kernel", "backend", "pool", "rates", "skips", "settings", "quarantine_s", "age_histogram",
                    "caches", "stacks", "reports", "loss", "drift"});
    expect_keys(j["pool"], {"objects", "allocated", "free", "zombies", "usage"});
    expect_keys(j["rates"], {"intended", "attempted", "actual", "frees"});
    expect_keys(j["skips"], {"incompatible", "capacity", "covered", "quota"});
    expect_keys(j["settings"], {"sample_interval_ms", "skip_covered_thresh", "burst"});
    expect_keys(j["age_histogram"][0], {"le_s", "count"});
    expect_keys(j["caches"][0], {"name", "allocated", "allocs", "frees", "share", "age_p50_s", "age_p99_s", "skipped"});
    expect_keys(j["stacks"][0], {"count", "cache", "frames"});
    expect_keys(j["reports"][0],
                {"time", "type", "cache", "size", "object_age_s", "alloc_stack", "free_stack", "access"});
    expect_keys(j["loss"], {"total", "ring_full", "reports_full", "recursion", "probe_missed", "undecodable", "walk"});
    expect_keys(j["drift"], {"allocated", "allocs", "frees"});
}

TEST(JsonContract, Values) {
    const FixedSnapshot fixed;
    const Json j = parsed(fixed);
    EXPECT_EQ(j["time"], "2026-11-22T15:11:23.123Z");
    EXPECT_EQ(j["pool"]["allocated"], 191);
    EXPECT_EQ(j["skips"]["covered"], 4711);
    EXPECT_EQ(j["drift"]["allocs"], 0);
    EXPECT_EQ(j["age_histogram"].back()["le_s"], "+Inf");
    EXPECT_DOUBLE_EQ(j["age_histogram"][0]["le_s"], 0.001048576);
    EXPECT_EQ(j["stacks"][0]["frames"][0], "d_alloc_parallel+0x4c/0x430");
    EXPECT_EQ(j["reports"][0]["time"], "2026-11-22T14:59:23.123Z");
    EXPECT_EQ(j["reports"][0]["access"], "read");
    EXPECT_DOUBLE_EQ(j["reports"][0]["object_age_s"], 0.029);
    EXPECT_EQ(j["caches"][5]["skipped"], true);
    EXPECT_EQ(j["counters"]["allocs"], 51840);
}

TEST(JsonContract, UnknownIsNullAndNeverZero) {
    FixedSnapshot fixed;
    fixed.snapshot = Snapshot{};
    const Json j = parsed(fixed);
    for (const char* field :
         {"/pool/objects", "/pool/allocated", "/pool/free", "/pool/usage", "/rates/intended", "/rates/actual",
          "/skips/covered", "/settings/burst", "/quarantine_s", "/full_in_s", "/drift/allocated", "/counters"}) {
        EXPECT_TRUE(j.at(Json::json_pointer(field)).is_null()) << field;
    }
    EXPECT_EQ(j["loss"]["total"], 0);
    EXPECT_TRUE(j["caches"].is_array());
}

TEST(JsonContract, HostileNames) {
    FixedSnapshot fixed;
    fixed.snapshot.caches[0].cache = fixed.names.cache("a\x1b[31m\"\\\xff\n\u202e");
    fixed.snapshot.stacks[0].stack = fixed.stack({"evil\x01\xfe+0x1/0x2"});
    fixed.snapshot.reports[0].report.task.comm = {'\xff', '\x1b', '"', 'x'};
    fixed.info.host = "\xc3("; // a source must sanitize; the view holds all the same
    const std::string line = render_json(fixed.input(), {});
    EXPECT_TRUE(Json::accept(line));
    for (const char c : line) {
        EXPECT_GE(static_cast<unsigned char>(c), 0x20) << "a control character in the line";
    }
}

TEST(JsonContract, ReportWithoutAnObject) {
    FixedSnapshot fixed;
    ReportEvent& report = fixed.snapshot.reports[0].report;
    report.slot = kNoSlot;
    report.cache = kNoCache;
    report.access = Access::kNone;
    const Json r = parsed(fixed)["reports"][0];
    EXPECT_TRUE(r["cache"].is_null());
    EXPECT_TRUE(r["size"].is_null());
    EXPECT_TRUE(r["object_age_s"].is_null());
    EXPECT_TRUE(r["access"].is_null());
}

TEST(JsonContract, FilterAndOrderOfCaches) {
    const FixedSnapshot fixed;
    const Json j = parsed(fixed, {.sort = SortKey::kAllocs, .reverse = false, .filter = Filter("^(filp|kmalloc-64)$")});
    ASSERT_EQ(j["caches"].size(), 2U);
    EXPECT_EQ(j["caches"][0]["name"], "kmalloc-64");
}

} // namespace
} // namespace kfence
