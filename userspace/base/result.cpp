// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <system_error>

#include <fmt/format.h>

namespace kfence {

std::unexpected<Error> with_context(Error error, std::string_view context) {
    error.message = fmt::format("{}: {}", context, error.message);
    return std::unexpected(std::move(error));
}

std::unexpected<Error> fail_errno(ErrorKind kind, int errno_value, std::string_view context) {
    return fail(kind, fmt::format("{}: {}", context, std::generic_category().message(errno_value)));
}

} // namespace kfence
