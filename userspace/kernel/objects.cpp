// SPDX-License-Identifier: Apache-2.0
#include "kernel/objects.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "kernel/file.h"

namespace kfence {
namespace {

// show_object() of mm/kfence/core.c prints this line after each record.
constexpr std::string_view kSeparator = "---------------------------------\n";

// Two stacks of 64 frames, each with a symbol of at most 512 bytes and a module's name, fit into this.
constexpr std::size_t kMaxRecord = 256UL * 1024;

constexpr std::size_t kChunk = 64UL * 1024;

/// Where the next separator line starts; npos when there is none.
std::size_t find_separator(std::string_view text, std::size_t from) {
    if (text.substr(from).starts_with(kSeparator)) {
        return from;
    }
    static constexpr std::string_view kAfterLine = "\n---------------------------------\n";
    const void* at = ::memmem(text.data() + from, text.size() - from, kAfterLine.data(), kAfterLine.size());
    return at == nullptr ? std::string_view::npos
                         : static_cast<std::size_t>(static_cast<const char*>(at) - text.data()) + 1;
}

} // namespace

void ObjectsStream::record(std::string_view text) {
    const auto parsed = parse_object(text);
    if (!parsed) {
        summary_.malformed++;
        return;
    }
    summary_.objects = std::max(summary_.objects, parsed->slot + 1);
    visit_(*parsed);
}

std::size_t ObjectsStream::consume(std::string_view text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const std::size_t end = find_separator(text, done);
        if (end == std::string_view::npos) {
            break;
        }
        if (oversized_) {
            oversized_ = false;
            summary_.malformed++;
        } else {
            record(text.substr(done, end - done));
        }
        done = end + kSeparator.size();
    }
    return done;
}

void ObjectsStream::feed(std::span<const char> text) {
    std::string_view piece(text.data(), text.size());
    if (pending_.empty()) { // whole records are parsed where they are
        piece.remove_prefix(consume(piece));
        pending_.assign(piece.begin(), piece.end());
    } else {
        pending_.insert(pending_.end(), piece.begin(), piece.end());
        const std::size_t done = consume({pending_.data(), pending_.size()});
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
    }
    if (pending_.size() > kMaxRecord) { // keep what may be the start of a separator
        oversized_ = true;
        pending_.erase(pending_.begin(), pending_.end() - static_cast<std::ptrdiff_t>(kSeparator.size()));
    }
}

ObjectsSummary ObjectsStream::finish() {
    if (!pending_.empty() || oversized_) {
        summary_.malformed++;
    }
    pending_.clear();
    oversized_ = false;
    return std::exchange(summary_, {});
}

Result<ObjectsReader> ObjectsReader::open(std::string_view root) {
    std::string path = rooted(root, kObjectsPath);
    auto fd = open_file(path);
    if (!fd) {
        return std::unexpected(fd.error());
    }
    return ObjectsReader(std::move(*fd), std::move(path));
}

Result<ObjectsSummary> ObjectsReader::walk(ObjectVisitor visit) {
    if (::lseek(fd_.get(), 0, SEEK_SET) != 0) {
        return std::unexpected(file_error(errno, "read", path_));
    }
    ObjectsStream stream(std::move(visit));
    std::vector<char> chunk(kChunk);
    while (true) {
        const auto got = read_some(fd_, chunk.data(), chunk.size(), path_);
        if (!got) {
            return std::unexpected(got.error());
        }
        if (*got == 0) {
            return stream.finish();
        }
        stream.feed({chunk.data(), *got});
    }
}

} // namespace kfence
