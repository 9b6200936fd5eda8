// SPDX-License-Identifier: Apache-2.0
// Move-only owners for what libbpf gives out by pointer, and its messages.
#pragma once

#include <memory>
#include <string>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

namespace kfence {

struct LinkDeleter {
    void operator()(bpf_link* link) const noexcept { bpf_link__destroy(link); }
};
using LinkHandle = std::unique_ptr<bpf_link, LinkDeleter>;

struct RingBufferDeleter {
    void operator()(ring_buffer* ring) const noexcept { ring_buffer__free(ring); }
};
using RingBufferHandle = std::unique_ptr<ring_buffer, RingBufferDeleter>;

struct BtfDeleter {
    void operator()(btf* types) const noexcept { btf__free(types); }
};
using BtfHandle = std::unique_ptr<btf, BtfDeleter>;

/// Keeps libbpf from writing to stderr; what it says is kept for error messages instead. Idempotent.
void capture_libbpf_messages() noexcept;

/// The warnings of libbpf since the last call, on one line, sanitized; empty when there are none. Of a verifier's log
/// only the reason is kept.
[[nodiscard]] std::string take_libbpf_messages();

} // namespace kfence
