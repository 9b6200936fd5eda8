// SPDX-License-Identifier: Apache-2.0
#include "event/event.h"

namespace kfence {
namespace {

/// The text at `value`, or "unknown" for a value that no enumerator has.
template <typename Enum, std::size_t N>
std::string_view text_of(Enum value, const std::array<std::string_view, N>& texts) noexcept {
    const auto index = static_cast<std::size_t>(value);
    return index < N ? texts[index] : std::string_view("unknown");
}

constexpr std::array<std::string_view, kSkipReasonCount> kSkipReasons{"unknown",  "incompatible", "cache",    "busy",
                                                                      "disabled", "covered",      "capacity", "quota"};
constexpr std::array<std::string_view, kReportTypeCount> kReportTypes{
    "out-of-bounds", "use-after-free", "memory corruption", "invalid access", "invalid free"};
constexpr std::array<std::string_view, 3> kAccesses{"", "read", "write"};
constexpr std::array<std::string_view, 6> kSlotStates{"unused", "allocated", "rcu freeing", "freed", "zombie", "busy"};
constexpr std::array<std::string_view, kLossCauseCount> kLossCauses{"ring_full",    "reports_full", "recursion",
                                                                    "probe_missed", "undecodable",  "walk"};

} // namespace

std::string_view to_string(SkipReason reason) noexcept {
    return text_of(reason, kSkipReasons);
}
std::string_view to_string(ReportType type) noexcept {
    return text_of(type, kReportTypes);
}
std::string_view to_string(Access access) noexcept {
    return text_of(access, kAccesses);
}
std::string_view to_string(SlotState state) noexcept {
    return text_of(state, kSlotStates);
}
std::string_view to_string(LossCause cause) noexcept {
    return text_of(cause, kLossCauses);
}

} // namespace kfence
