// SPDX-License-Identifier: Apache-2.0
#include "tools/top/stuck_terminal.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

namespace kfence {

bool takes_output() noexcept {
    pollfd out{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
    return ::poll(&out, 1, 0) != 0; // an error shows itself in the write
}

void unstick_terminal() noexcept {
    if (!takes_output()) {
        // TCOON alone ends what TCOOFF began, and not what Ctrl-S did (drivers/tty/tty_ioctl.c, 6.12).
        ::tcflow(STDOUT_FILENO, TCOOFF);
        ::tcflow(STDOUT_FILENO, TCOON);
        ::tcflush(STDOUT_FILENO, TCOFLUSH);
    }
}

} // namespace kfence
