// LinkTalk: one conversation on the system's D-Bus about the links of this host: opened, everybody
// asked at once, closed. For LinkDomains.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <systemd/sd-bus.h>

#include "net/event_loop.h"
#include "upstream/link_domain.h"

namespace holdfast {

class LinkTalk : public std::enable_shared_from_this<LinkTalk> {
 public:
  /// What was said; not complete if somebody who was asked did not say.
  using Done = std::function<void(bool complete, const std::vector<LinkNotice>& notices)>;

  /// `done` is called once, on the loop, unless cancel() comes before.
  LinkTalk(EventLoop& loop, Done done);
  ~LinkTalk();
  LinkTalk(const LinkTalk&) = delete;
  LinkTalk& operator=(const LinkTalk&) = delete;

  /// Asks those that run. False if the bus cannot be opened; then nothing is called.
  [[nodiscard]] bool start(bool ask_resolved, bool ask_network_manager);

  /// It takes too long: `done` is called with what is there by now.
  void give_up();

  /// Nothing is called any more.
  void cancel();

 private:
  struct Link {
    int index = 0;
    LinkNotice notice;
  };

  using Reader = int (LinkTalk::*)(sd_bus_message* reply, int index);

  struct Call {
    LinkTalk* talk;
    Reader read;
    int index;
  };

  struct Property {
    const char* service;
    std::string path;
    const char* interface;
    const char* name;
    const char* type;
  };

  void get(const Property& property, Reader read, int index = 0);
  static int on_reply(sd_bus_message* reply, void* call, sd_bus_error* error);
  int read_servers(sd_bus_message* reply, int index);
  int read_domains(sd_bus_message* reply, int index);
  int read_default_route(sd_bus_message* reply, int index);
  int read_manager(sd_bus_message* reply, int index);
  int read_manager_entry(sd_bus_message* reply);
  [[nodiscard]] Link* link(int index);
  asio::awaitable<void> converse(std::shared_ptr<LinkTalk> self);
  void close();
  void finish();

  EventLoop& loop_;
  Done done_;
  sd_bus* bus_ = nullptr;
  asio::posix::stream_descriptor socket_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::size_t waiting_ = 0;  // for replies
  bool complete_ = true;
  std::vector<Link> links_;          // of systemd-resolved
  std::vector<LinkNotice> managed_;  // of NetworkManager
};

}  // namespace holdfast
