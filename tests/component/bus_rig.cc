#include "tests/component/bus_rig.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <signal.h>
#include <spawn.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace holdfast::test {
namespace {

/// Does one thing after the other until one fails.
int all_of(std::initializer_list<std::function<int()>> steps) {
  int r = 0;
  for (const auto& step : steps) {
    r = step();
    if (r < 0) break;
  }
  return r;
}

int put_servers(sd_bus_message* reply, const Said& said) {
  int r = sd_bus_message_open_container(reply, 'a', "(iiay)");
  for (const auto& server : said.servers) {
    const int family = server.address.size() == 4 ? AF_INET : AF_INET6;
    if (r < 0) break;
    r = all_of({[&] { return sd_bus_message_open_container(reply, 'r', "iiay"); },
                [&] { return sd_bus_message_append(reply, "ii", server.link, family); },
                [&] {
                  return sd_bus_message_append_array(reply, 'y', server.address.data(),
                                                     server.address.size());
                },
                [&] { return sd_bus_message_close_container(reply); }});
  }
  return r < 0 ? r : sd_bus_message_close_container(reply);
}

int put_domains(sd_bus_message* reply, const Said& said) {
  int r = sd_bus_message_open_container(reply, 'a', "(isb)");
  for (const auto& domain : said.domains) {
    if (r >= 0)
      r = sd_bus_message_append(reply, "(isb)", domain.link, domain.name.c_str(),
                                static_cast<int>(domain.only_routes));
  }
  return r < 0 ? r : sd_bus_message_close_container(reply);
}

int put_texts(sd_bus_message* reply, const char* key, const std::vector<std::string>& texts) {
  int r = all_of({[&] { return sd_bus_message_open_container(reply, 'e', "sv"); },
                  [&] { return sd_bus_message_append(reply, "s", key); },
                  [&] { return sd_bus_message_open_container(reply, 'v', "as"); },
                  [&] { return sd_bus_message_open_container(reply, 'a', "s"); }});
  for (const auto& text : texts) {
    if (r >= 0) r = sd_bus_message_append(reply, "s", text.c_str());
  }
  for (int i = 0; i < 3 && r >= 0; ++i)
    r = sd_bus_message_close_container(reply);
  return r;
}

/// As NetworkManager 1.42 does.
int put_managed(sd_bus_message* reply, const Said& said) {
  int r = sd_bus_message_open_container(reply, 'a', "a{sv}");
  for (const auto& link : said.managed) {
    const char* name = link.interface.c_str();
    const int vpn = link.vpn ? 1 : 0;
    if (r < 0) break;
    r = all_of({[&] { return sd_bus_message_open_container(reply, 'a', "{sv}"); },
                [&] { return put_texts(reply, "nameservers", link.servers); },
                [&] { return put_texts(reply, "domains", link.domains); },
                [&] { return sd_bus_message_append(reply, "{sv}", "interface", "s", name); },
                [&] { return sd_bus_message_append(reply, "{sv}", "priority", "i", 50); },
                [&] { return sd_bus_message_append(reply, "{sv}", "vpn", "b", vpn); },
                [&] { return sd_bus_message_close_container(reply); }});
  }
  return r < 0 ? r : sd_bus_message_close_container(reply);
}

struct Property {
  std::string_view name;
  const char* type;
  int (*put)(sd_bus_message*, const Said&);
};

constexpr std::array kProperties{
    Property{"DNS", "a(iiay)", put_servers}, Property{"Domains", "a(isb)", put_domains},
    Property{"Configuration", "aa{sv}", put_managed},
    Property{"DefaultRoute", "b", [](sd_bus_message* reply, const Said& said) {
               return sd_bus_message_append(reply, "b", said.default_route ? 1 : 0);
             }}};

/// org.freedesktop.DBus.Properties.Get, of whatever object.
int on_get(sd_bus_message* request, void* rig, sd_bus_error*) {
  auto& bus = *static_cast<BusRig*>(rig);
  const char *interface = nullptr, *name = nullptr;
  if (sd_bus_message_is_method_call(request, "org.freedesktop.DBus.Properties", "Get") <= 0 ||
      sd_bus_message_read(request, "ss", &interface, &name) < 0) {
    return 0;
  }
  bus.count();
  const Said said = bus.said();
  if (said.silent) return 1;
  if (said.broken) return sd_bus_reply_method_return(request, "v", "s", "something else");
  const auto* property = std::ranges::find(kProperties, name, &Property::name);
  if (property == kProperties.end()) return 0;
  sd_bus_message* reply = nullptr;
  const int r = all_of({[&] { return sd_bus_message_new_method_return(request, &reply); },
                        [&] { return sd_bus_message_open_container(reply, 'v', property->type); },
                        [&] { return property->put(reply, said); },
                        [&] { return sd_bus_message_close_container(reply); },
                        [&] { return sd_bus_send(nullptr, reply, nullptr); }});
  sd_bus_message_unref(reply);
  return r < 0 ? r : 1;
}

}  // namespace

BusRig::~BusRig() {
  ends_ = true;
  if (thread_.joinable()) thread_.join();
  if (daemon_ > 0) {
    ::kill(daemon_, SIGTERM);
    ::waitpid(daemon_, nullptr, 0);
  }
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

bool BusRig::start() {
  std::string name = (std::filesystem::temp_directory_path() / "holdfast-bus.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return false;
  folder_ = name;
  const std::string config = folder_ + "/bus.conf", socket = folder_ + "/socket";
  std::ofstream(config) << "<busconfig><type>session</type><listen>unix:path=" << socket
                        << "</listen><auth>EXTERNAL</auth><policy context=\"default\">"
                           "<allow user=\"*\"/><allow own=\"*\"/><allow eavesdrop=\"true\"/>"
                           "<allow send_destination=\"*\" eavesdrop=\"true\"/>"
                           "</policy></busconfig>\n";
  const std::string option = "--config-file=" + config;
  const char* words[] = {"dbus-daemon",       "--nofork",     "--nopidfile",
                         "--print-address=1", option.c_str(), nullptr};
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return false;
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  const int error =
      ::posix_spawnp(&daemon_, words[0], &actions, nullptr, const_cast<char**>(words), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  char first = 0;  // of its address: it listens
  const bool listens = error == 0 && ::read(pipe[0], &first, 1) == 1;
  ::close(pipe[0]);
  if (!listens) return false;
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + socket).c_str(), 1);
  std::promise<bool> ready;
  thread_ = std::thread([this, &ready] { serve(ready); });
  return ready.get_future().get();
}

void BusRig::say(Said said) {
  const std::lock_guard lock(mutex_);
  said_ = std::move(said);
}

Said BusRig::said() {
  const std::lock_guard lock(mutex_);
  return said_;
}

void BusRig::serve(std::promise<bool>& ready) {
  sd_bus* bus = nullptr;
  if (sd_bus_open_system(&bus) < 0) return ready.set_value(false);
  sd_bus_add_fallback(bus, nullptr, "/", on_get, this);
  ready.set_value(sd_bus_request_name(bus, "org.freedesktop.resolve1", 0) >= 0 &&
                  sd_bus_request_name(bus, "org.freedesktop.NetworkManager", 0) >= 0);
  while (!ends_) {
    if (sd_bus_process(bus, nullptr) <= 0) sd_bus_wait(bus, 10'000);
  }
  sd_bus_flush_close_unref(bus);
}

}  // namespace holdfast::test
