#include "net/tcp_clients.h"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace holdfast {
namespace {

// Limits::tcp_clients is the bound that works, and may change; this is what it can be raised to.
constexpr std::size_t kMostClients = 1'000'000;

/// Makes close() reset the connection: what the client did not read is forgotten at once, rather
/// than
/// kept by the kernel for minutes.
void reset_on_close(int fd) noexcept {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace

TcpClients::TcpClients(ListenerContext& context) : context_(context), clients_(kMostClients) {}

void TcpClients::add(OwnedFd socket, const IpAddress& from) {
  const IpAddress address = from.unmapped();
  if (stopped_) return;
  if (!admits(address)) {
    context_.count_shed(ShedReason::tcp_connections);
    return;
  }
  const TimePoint now = context_.loop.now();
  const SlabHandle handle = clients_.emplace(context_.loop.context(), address, now);
  TcpClient* client = clients_.find(handle);
  if (client == nullptr) return;
  client->place = idle_.insert(idle_.end(), handle);
  if (!address.is_loopback()) ++per_address_[address];
  asio::error_code error;
  client->socket.assign(socket.get(), error);
  if (error) {  // the kernel has no memory to watch it
    context_.count_shed(ShedReason::tcp_connections);
    remove(handle);
    return;
  }
  (void)socket.release();
  context_.counters.tcp_clients.set(static_cast<std::int64_t>(clients_.size()));
  settle(handle, *client, now);
}

bool TcpClients::admits(const IpAddress& address) noexcept {
  if (!address.is_loopback()) {
    const auto known = per_address_.find(address);
    const std::size_t count = known == per_address_.end() ? 0 : known->second;
    if (count >= context_.limits.tcp_clients_per_address) return false;
  }
  return clients_.size() < context_.limits.tcp_clients || shed_oldest_idle();
}

bool TcpClients::shed_oldest_idle(Duration at_least) noexcept {
  if (idle_.empty()) return false;
  const TcpClient* oldest = clients_.find(idle_.front());
  if (oldest != nullptr && context_.loop.now() - oldest->last_active < at_least) return false;
  context_.count_shed(ShedReason::oldest);
  remove(idle_.front());
  return true;
}

void TcpClients::limits_changed() {
  const TimePoint now = context_.loop.stamp();
  clients_.for_each([&](SlabHandle handle, TcpClient& client) { settle(handle, client, now); });
}

void TcpClients::stop() noexcept {
  stopped_ = true;
  const TimePoint now = context_.loop.stamp();
  clients_.for_each([&](SlabHandle handle, TcpClient& client) {
    client.input.abandon();
    settle(handle, client, now);
  });
}

void TcpClients::close() noexcept {
  stopped_ = true;
  clients_.for_each([&](SlabHandle handle, TcpClient&) { remove(handle); });
}

void TcpClients::on_input(SlabHandle handle) {
  TcpClient* client = clients_.find(handle);
  if (client == nullptr) return;
  client->awaits_input = false;
  const TimePoint now = context_.loop.now();
  if (client->wants_input(context_.limits)) {
    const auto room = context_.read_buffer();
    const auto got = ::recv(client->socket.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    if (got > 0) {
      take(handle, *client, room.first(static_cast<std::size_t>(got)), now);
      return;
    }
    if (got == 0) {
      client->input.end();
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      remove(handle);
      return;
    }
  }
  settle(handle, *client, now);
}

void TcpClients::take(SlabHandle handle, TcpClient& client, dns::Bytes bytes, TimePoint now) {
  client.feeding = true;
  const bool sound = client.input.take(bytes, now, [&](dns::Bytes message) {
    answer(handle, client, message, now);
    return client.has_room(context_.limits);
  });
  client.feeding = false;
  if (sound) {
    settle(handle, client, now);
  } else {
    remove(handle);
  }
}

void TcpClients::answer(SlabHandle handle, TcpClient& client, dns::Bytes message, TimePoint now) {
  context_.counters.queries_tcp.add();
  client.last_active = now;
  if (client.among_idle) idle_.splice(idle_.end(), idle_, client.place);
  ++client.in_flight;
  const HandledQuery handled = context_.answer({.message = message,
                                                .client = client.address,
                                                .over_tcp = true,
                                                .sink = this,
                                                .ticket = handle.token()},
                                               now);
  if (handled.what == Handled::pending) return;
  --client.in_flight;
  if (handled.what == Handled::replied) client.output.queue(handled.reply, now);
}

void TcpClients::send_reply(std::uint64_t ticket, dns::Bytes reply) noexcept {
  const SlabHandle handle = SlabHandle::from_token(ticket);
  TcpClient* client = clients_.find(handle);
  if (client == nullptr || client->in_flight == 0) return;
  const TimePoint now = context_.loop.stamp();
  --client->in_flight;
  client->last_active = now;
  client->output.queue(reply, now);
  settle(handle, *client, now);
}

/// After every event: sends what can be sent, ends the connection if nothing is left to do, and
/// sees to
/// it that something calls again otherwise.
void TcpClients::settle(SlabHandle handle, TcpClient& client, TimePoint now) {
  if (client.feeding) return;  // take() does it once for all messages
  if (!client.output.flush(client.socket.native_handle(), now) || client.done()) {
    remove(handle);
    return;
  }
  await_what_is_next(handle, client);
  keep_in_order(client);
  watch_deadline(handle, client);
}

void TcpClients::await_what_is_next(SlabHandle handle, TcpClient& client) {
  if (client.wants_input(context_.limits) && !client.awaits_input) {
    client.awaits_input = true;
    ++calls_;
    client.socket.async_wait(asio::posix::descriptor_base::wait_read,
                             [this, handle](const asio::error_code&) {
                               --calls_;
                               on_input(handle);
                             });
  }
  if (client.output.unsent() > 0 && !client.awaits_output) {
    client.awaits_output = true;
    ++calls_;
    client.socket.async_wait(asio::posix::descriptor_base::wait_write,
                             [this, handle](const asio::error_code&) {
                               --calls_;
                               TcpClient* still = clients_.find(handle);
                               if (still == nullptr) return;
                               still->awaits_output = false;
                               settle(handle, *still, context_.loop.now());
                             });
  }
  if (client.input.has_backlog() && client.has_room(context_.limits) && !client.awaits_turn) {
    // Not at once: this may be inside the resolver, handing out replies.
    client.awaits_turn = true;
    ++calls_;
    context_.loop.post([this, handle] {
      --calls_;
      TcpClient* still = clients_.find(handle);
      if (still == nullptr) return;
      still->awaits_turn = false;
      if (still->input.has_backlog()) take(handle, *still, {}, context_.loop.now());
    });
  }
}

void TcpClients::keep_in_order(TcpClient& client) {
  const bool idle = client.idle();
  if (idle == client.among_idle) return;
  TcpClientOrder& from = idle ? busy_ : idle_;
  TcpClientOrder& to = idle ? idle_ : busy_;
  to.splice(to.end(), from, client.place);
  client.among_idle = idle;
}

/// Arms a timer only if the armed one would come too late: most come too early and look again,
/// which is
/// cheaper than moving them with every query.
void TcpClients::watch_deadline(SlabHandle handle, TcpClient& client) {
  const TimePoint deadline = client.deadline(context_.limits);
  if (deadline >= client.timer_at) return;
  context_.loop.timers().cancel(client.timer);
  client.timer = context_.loop.timers().arm(deadline, *this, handle.token());
  client.timer_at = deadline;
}

void TcpClients::on_timer(std::uint64_t token, TimePoint now) noexcept {
  const SlabHandle handle = SlabHandle::from_token(token);
  TcpClient* client = clients_.find(handle);
  if (client == nullptr) return;
  client->timer_at = kForever;
  if (client->deadline(context_.limits) > now) {
    watch_deadline(handle, *client);
    return;
  }
  if (client->slow()) context_.count_shed(ShedReason::tcp_slow);
  remove(handle, client->output.unsent() > 0 ? Ending::abrupt : Ending::orderly);
}

void TcpClients::remove(SlabHandle handle, Ending ending) noexcept {
  TcpClient* client = clients_.find(handle);
  if (client == nullptr) return;
  context_.loop.timers().cancel(client->timer);
  (client->among_idle ? idle_ : busy_).erase(client->place);
  forget_address(client->address);
  if (ending == Ending::abrupt) reset_on_close(client->socket.native_handle());
  asio::error_code ignored;
  client->socket.close(ignored);
  clients_.erase(handle);
  context_.counters.tcp_clients.set(static_cast<std::int64_t>(clients_.size()));
}

void TcpClients::forget_address(const IpAddress& address) noexcept {
  const auto known = per_address_.find(address);
  if (known != per_address_.end() && --known->second == 0) per_address_.erase(known);
}

}  // namespace holdfast
