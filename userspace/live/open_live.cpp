// SPDX-License-Identifier: Apache-2.0
#include "live/open_live.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/host.h"
#include "kernel/params.h"
#include "live/bpf_source.h"
#include "live/poll_source.h"
#include "live/probe.h"

namespace kfence {
namespace {

using Opened = Result<std::unique_ptr<Source>>;

/// KFENCE's parameters are there whenever it is compiled in, on or off.
Result<void> require_kfence(const std::string& root) {
    if (file_state(rooted(root, "/sys/module/kfence")) == FileState::kReadable) {
        return {};
    }
    return fail(ErrorKind::kUnsupported,
                fmt::format("this kernel ({}) has no KFENCE: it was built without CONFIG_KFENCE; boot one that has it",
                            read_host(root).release));
}

Opened open_backend(const std::string& backend, const LiveOptions& options) {
    if (backend == "poll") {
        return open_poll_source(options.root);
    }
    if (options.root != "/") {
        return fail(ErrorKind::kUsage, fmt::format("the backend {} sees the running kernel only, not {}", backend,
                                                   sanitize(options.root)));
    }
    if (backend == "tracepoint" && !has_kfence_tracepoints(options.root)) {
        return fail(ErrorKind::kUnsupported,
                    fmt::format("the kernel {} has no kfence:* tracepoints, which come with the patches of "
                                "kernel-patches/: boot a kernel with them, or take --backend fentry",
                                read_host(options.root).release));
    }
    return open_bpf_source(backend, options.ring_bytes);
}

Opened open_best(const LiveOptions& options) {
    std::string refusals;
    for (const char* backend : {"tracepoint", "fentry", "kprobe", "poll"}) {
        // That a kernel has no patches is nothing that stands in the way.
        if (backend == std::string_view("tracepoint") && !has_kfence_tracepoints(options.root)) {
            continue;
        }
        Opened source = open_backend(backend, options);
        // A wrong option stays wrong with the next backend.
        if (source || source.error().kind == ErrorKind::kUsage) {
            return source;
        }
        refusals += fmt::format("{}{}: {}", refusals.empty() ? "" : "; ", backend, source.error().message);
    }
    return fail(ErrorKind::kUnsupported, "no backend can see KFENCE's pool here: " + refusals);
}

} // namespace

Result<std::unique_ptr<Source>> open_live_source(const LiveOptions& options) {
    constexpr std::array kBackends{"auto", "tracepoint", "fentry", "kprobe", "poll"};
    bool known = false;
    for (const char* name : kBackends) {
        known = known || options.backend == name;
    }
    if (!known) {
        return fail(ErrorKind::kUsage,
                    fmt::format("there is no backend '{}': take auto, tracepoint, fentry, kprobe or poll",
                                sanitize(options.backend)));
    }
    if (auto there = require_kfence(options.root); !there) {
        return std::unexpected(there.error());
    }
    return options.backend == "auto" ? open_best(options) : open_backend(options.backend, options);
}

} // namespace kfence
