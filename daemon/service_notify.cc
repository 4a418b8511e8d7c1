#include "daemon/service_notify.h"

#include <chrono>
#include <string>

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

namespace holdfast {
namespace {

void notify(const std::string& state) {
  ::sd_notify(0, state.c_str());
}

}  // namespace

void notify_ready(std::string_view status) {
  notify(fmt::format("READY=1\nSTATUS={}", status));
}

void notify_status(std::string_view status) {
  notify(fmt::format("STATUS={}", status));
}

void notify_reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", micros));
}

void notify_stopping() {
  notify("STOPPING=1\nSTATUS=answering what is in flight");
}

void notify_alive() {
  notify("WATCHDOG=1");
}

}  // namespace holdfast
