// SPDX-License-Identifier: Apache-2.0
#include "tools/common/player.h"

#include <algorithm>

namespace kfence {
namespace {

/// On one way. As many as the model's history has points.
constexpr KernelNs kMostRefreshes = 720;

} // namespace

Result<void> Player::play_to(KernelNs time) {
    timeline_.advance_to(time);
    while (!timeline_.arrived()) {
        if (auto pumped = session_.pump(); !pumped) {
            return pumped;
        }
        if (stop_ && stop_()) {
            stopped_ = true;
            return {};
        }
    }
    return session_.refresh();
}

Result<void> Player::go_to(KernelNs time) {
    stopped_ = false;
    const KernelNs wanted = timeline_.at(time);
    if (wanted < timeline_.position()) {
        if (auto rewound = timeline_.rewind(); !rewound) {
            return rewound;
        }
        if (auto started = session_.restart(); !started) {
            return started;
        }
    }
    const KernelNs stride = (wanted - timeline_.position()) / kMostRefreshes;
    const KernelNs last = timeline_.before(wanted); // the last step is a short one: rates are over that
    while (timeline_.position() < wanted && !stopped_) {
        const KernelNs next =
            std::max(timeline_.after(timeline_.position()), timeline_.at(timeline_.position() + stride));
        if (auto stepped = play_to(std::min(next, timeline_.position() < last ? last : wanted)); !stepped) {
            return stepped;
        }
    }
    return {};
}

} // namespace kfence
