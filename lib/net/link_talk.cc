#include "net/link_talk.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <utility>

namespace holdfast {
namespace {

constexpr const char* kResolved = "org.freedesktop.resolve1";
constexpr const char* kManager = "org.freedesktop.NetworkManager";
constexpr std::size_t kMostLinks = 256;
constexpr std::size_t kMostTexts = 256;  // servers or domains of one link

/// Visits each element of the array of structures or dictionaries that comes next. Negative: what
/// sd-bus says is wrong.
template <typename Visit>
int for_each(sd_bus_message* message, char type, const char* contents, Visit visit) {
  int r = sd_bus_message_enter_container(message, 'a', contents);
  while (r >= 0) {
    r = sd_bus_message_enter_container(
        message, type, std::string(contents + 1, std::strlen(contents) - 2).c_str());
    if (r == 0) break;
    if (r > 0) r = visit();
    if (r >= 0) r = sd_bus_message_exit_container(message);
  }
  return r < 0 ? r : sd_bus_message_exit_container(message);
}

int read_texts(sd_bus_message* message, std::vector<std::string>& texts) {
  int r = sd_bus_message_enter_container(message, 'a', "s");
  const char* text = nullptr;
  while (r >= 0 && (r = sd_bus_message_read_basic(message, 's', &text)) > 0) {
    if (texts.size() < kMostTexts) texts.emplace_back(text);
  }
  return r < 0 ? r : sd_bus_message_exit_container(message);
}

std::string address_text(int family, const void* bytes, std::size_t size) {
  IpAddress address;
  const bool v4 = family == AF_INET;
  if (size != (v4 ? 4U : 16U) || (!v4 && family != AF_INET6)) return {};
  address.family = v4 ? IpAddress::Family::v4 : IpAddress::Family::v6;
  std::memcpy(address.bytes.data(), bytes, size);
  return address.to_string();
}

}  // namespace

LinkTalk::LinkTalk(EventLoop& loop, Done done)
    : loop_(loop), done_(std::move(done)), socket_(loop.context()) {}

LinkTalk::~LinkTalk() {
  close();
}

bool LinkTalk::start(bool ask_resolved, bool ask_network_manager) {
  if (sd_bus_open_system(&bus_) < 0) return false;
  // The bus closes its own descriptor.
  const int fd = ::fcntl(sd_bus_get_fd(bus_), F_DUPFD_CLOEXEC, 0);
  asio::error_code error;
  if (fd >= 0) socket_.assign(fd, error);
  if (fd < 0 || error) {
    if (fd >= 0) ::close(fd);
    close();
    return false;
  }
  if (ask_resolved) {
    const char* const path = "/org/freedesktop/resolve1";
    const char* const interface = "org.freedesktop.resolve1.Manager";
    get({kResolved, path, interface, "DNS", "a(iiay)"}, &LinkTalk::read_servers);
    get({kResolved, path, interface, "Domains", "a(isb)"}, &LinkTalk::read_domains);
  }
  if (ask_network_manager) {
    get({kManager, "/org/freedesktop/NetworkManager/DnsManager",
         "org.freedesktop.NetworkManager.DnsManager", "Configuration", "aa{sv}"},
        &LinkTalk::read_manager);
  }
  asio::co_spawn(loop_.context(), converse(shared_from_this()), asio::detached);
  return true;
}

/// Nobody is started to be asked.
void LinkTalk::get(const Property& property, Reader read, int index) {
  sd_bus_message* message = nullptr;
  int r = sd_bus_message_new_method_call(bus_, &message, property.service, property.path.c_str(),
                                         "org.freedesktop.DBus.Properties", "Get");
  if (r >= 0) r = sd_bus_message_set_auto_start(message, 0);
  if (r >= 0) r = sd_bus_message_append(message, "ss", property.interface, property.name);
  if (r >= 0) {
    calls_.push_back(std::make_unique<Call>(Call{this, read, index}));
    r = sd_bus_call_async(bus_, nullptr, message, on_reply, calls_.back().get(), 0);
  }
  sd_bus_message_unref(message);
  if (r < 0) {
    complete_ = false;
  } else {
    ++waiting_;
  }
}

int LinkTalk::on_reply(sd_bus_message* reply, void* call, sd_bus_error*) {
  const Call& asked = *static_cast<Call*>(call);
  LinkTalk& talk = *asked.talk;
  --talk.waiting_;
  if (sd_bus_message_is_method_error(reply, nullptr) > 0) {
    // Who is not there, or has not learnt this yet, has no links for us; who does not answer may.
    const bool absent = sd_bus_message_is_method_error(reply, SD_BUS_ERROR_SERVICE_UNKNOWN) > 0 ||
                        sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NAME_HAS_NO_OWNER) > 0 ||
                        sd_bus_message_is_method_error(reply, SD_BUS_ERROR_UNKNOWN_PROPERTY) > 0 ||
                        sd_bus_message_is_method_error(reply, SD_BUS_ERROR_UNKNOWN_INTERFACE) > 0 ||
                        sd_bus_message_is_method_error(reply, SD_BUS_ERROR_UNKNOWN_OBJECT) > 0;
    if (!absent) talk.complete_ = false;
    return 0;
  }
  if ((talk.*asked.read)(reply, asked.index) < 0) talk.complete_ = false;
  return 0;
}

LinkTalk::Link* LinkTalk::link(int index) {
  if (index <= 0) return nullptr;  // of no link
  const auto known = std::ranges::find(links_, index, &Link::index);
  if (known != links_.end()) return &*known;
  std::array<char, IF_NAMESIZE> name{};
  if (links_.size() == kMostLinks ||
      ::if_indextoname(static_cast<unsigned>(index), name.data()) == nullptr) {
    return nullptr;
  }
  Link& added = links_.emplace_back();
  added.index = index;
  added.notice.interface = name.data();
  return &added;
}

int LinkTalk::read_servers(sd_bus_message* reply, int) {
  int r = sd_bus_message_enter_container(reply, 'v', "a(iiay)");
  if (r < 0) return r;
  return for_each(reply, 'r', "(iiay)", [&] {
    std::int32_t index = 0, family = 0;
    const void* bytes = nullptr;
    std::size_t size = 0;
    int got = sd_bus_message_read(reply, "ii", &index, &family);
    if (got >= 0) got = sd_bus_message_read_array(reply, 'y', &bytes, &size);
    if (got < 0) return got;
    Link* const of = link(index);
    if (of != nullptr && of->notice.servers.size() < kMostTexts)
      of->notice.servers.push_back(address_text(family, bytes, size));
    return got;
  });
}

int LinkTalk::read_domains(sd_bus_message* reply, int) {
  int r = sd_bus_message_enter_container(reply, 'v', "a(isb)");
  if (r < 0) return r;
  std::vector<int> in_doubt;
  r = for_each(reply, 'r', "(isb)", [&] {
    std::int32_t index = 0;
    const char* domain = nullptr;
    int only_routes = 0;
    const int got = sd_bus_message_read(reply, "isb", &index, &domain, &only_routes);
    if (got < 0) return got;
    Link* const of = link(index);
    if (of == nullptr || of->notice.domains.size() == kMostTexts) return got;
    of->notice.domains.push_back({domain, only_routes != 0});
    if (only_routes == 0 && std::ranges::find(in_doubt, index) == in_doubt.end())
      in_doubt.push_back(index);
    return got;
  });
  for (const int index : in_doubt) {
    char* path = nullptr;
    if (sd_bus_path_encode("/org/freedesktop/resolve1/link", std::to_string(index).c_str(), &path) <
        0) {
      continue;
    }
    get({kResolved, path, "org.freedesktop.resolve1.Link", "DefaultRoute", "b"},
        &LinkTalk::read_default_route, index);
    ::free(path);
  }
  return r;
}

int LinkTalk::read_default_route(sd_bus_message* reply, int index) {
  int is_default = 1;
  const int r = sd_bus_message_read(reply, "v", "b", &is_default);
  if (Link* const of = link(index)) of->notice.owns_all = r >= 0 && is_default == 0;
  return r;
}

int LinkTalk::read_manager(sd_bus_message* reply, int) {
  const int r = sd_bus_message_enter_container(reply, 'v', "aa{sv}");
  if (r < 0) return r;
  int got = sd_bus_message_enter_container(reply, 'a', "a{sv}");
  while (got >= 0 && sd_bus_message_at_end(reply, 0) == 0)
    got = read_manager_entry(reply);
  return got;
}

int LinkTalk::read_manager_entry(sd_bus_message* reply) {
  LinkNotice notice;
  const int r = for_each(reply, 'e', "{sv}", [&] {
    const char* key = nullptr;
    int got = sd_bus_message_read_basic(reply, 's', &key);
    if (got < 0) return got;
    const std::string_view name = key;
    if (name != "interface" && name != "vpn" && name != "nameservers" && name != "domains")
      return sd_bus_message_skip(reply, "v");
    const char* const type = name == "interface" ? "s" : name == "vpn" ? "b" : "as";
    got = sd_bus_message_enter_container(reply, 'v', type);
    if (got < 0) return got;
    if (name == "interface") {
      const char* text = nullptr;
      got = sd_bus_message_read_basic(reply, 's', &text);
      if (got > 0) notice.interface = text;
    } else if (name == "vpn") {
      int vpn = 0;
      got = sd_bus_message_read_basic(reply, 'b', &vpn);
      notice.owns_all = vpn != 0;
    } else {
      std::vector<std::string> texts;
      got = read_texts(reply, texts);
      if (name == "nameservers")
        notice.servers = std::move(texts);
      else
        for (std::string& text : texts)
          notice.domains.push_back({std::move(text), false});
    }
    return got < 0 ? got : sd_bus_message_exit_container(reply);
  });
  if (r >= 0 && managed_.size() < kMostLinks) managed_.push_back(std::move(notice));
  return r;
}

/// `self` keeps this object until the conversation has ended.
asio::awaitable<void> LinkTalk::converse([[maybe_unused]] std::shared_ptr<LinkTalk> self) {
  using Wait = asio::posix::stream_descriptor;
  while (bus_ != nullptr && waiting_ > 0) {
    const int r = sd_bus_process(bus_, nullptr);
    if (r < 0) {
      complete_ = false;
      break;
    }
    if (r > 0) continue;
    const int events = sd_bus_get_events(bus_);
    const bool writes = events >= 0 && (static_cast<unsigned>(events) & POLLOUT) != 0;
    const auto [error] =
        co_await socket_.async_wait(writes ? Wait::wait_write : Wait::wait_read, use_result);
    if (error) break;
  }
  if (bus_ != nullptr && waiting_ == 0)
    finish();
  else if (bus_ != nullptr)
    give_up();
}

void LinkTalk::give_up() {
  complete_ = false;
  finish();
}

void LinkTalk::finish() {
  close();
  std::vector<LinkNotice> notices;
  for (Link& link : links_)
    notices.push_back(std::move(link.notice));
  notices.insert(notices.end(), managed_.begin(), managed_.end());
  if (const Done done = std::exchange(done_, nullptr)) done(complete_, notices);
}

void LinkTalk::cancel() {
  done_ = nullptr;
  close();
}

void LinkTalk::close() {
  asio::error_code ignored;
  socket_.close(ignored);
  if (bus_ != nullptr) sd_bus_close_unref(std::exchange(bus_, nullptr));
}

}  // namespace holdfast
