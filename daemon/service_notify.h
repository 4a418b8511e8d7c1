// What systemd hears of us (sd_notify(3)); nothing happens when it did not ask.
#pragma once

#include <string_view>

namespace holdfast {

void notify_ready(std::string_view status);
void notify_status(std::string_view status);
/// To be followed by notify_ready().
void notify_reloading();
void notify_stopping();
/// Feeds the watchdog.
void notify_alive();

}  // namespace holdfast
