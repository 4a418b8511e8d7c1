// The one place that includes Asio, header by narrow header, and names the completion token our
// coroutines use; an upgrade of Asio touches this file alone. Include this, never <asio/...>.
#pragma once

// First a standard header: only then does Asio's configuration see that libstdc++ has
// aligned_alloc. Files that disagreed on it would free memory in another way than they got it.
#include <cstdlib>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/error_code.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/version.hpp>
#include <asio/write.hpp>

#if ASIO_VERSION < 102400  // Debian 12 has 1.22
#include <asio/experimental/as_tuple.hpp>
#else
#include <asio/as_tuple.hpp>
#endif

namespace holdfast {

#if ASIO_VERSION < 102400
using asio::experimental::as_tuple;
#else
using asio::as_tuple;
#endif

/// `auto [error, n] = co_await socket.async_read_some(buffer, use_result);`: errors are values, a
/// coroutine never throws for what the network does.
inline constexpr auto use_result = as_tuple(asio::use_awaitable);

}  // namespace holdfast
