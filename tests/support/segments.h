// What the kernel counted of a TCP connection. Apart, because <linux/tcp.h> and <netinet/tcp.h>
// exclude each other.
#pragma once

namespace holdfast::test {

/// Segments with data that arrived.
[[nodiscard]] unsigned segments_in(int socket);

}  // namespace holdfast::test
