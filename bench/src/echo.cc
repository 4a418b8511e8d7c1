// The physical limit of the machine: every query comes back with one A record. No lookup at all.

#include "echo.h"

int main(int argc, char** argv) {
  return run_echo(argc, argv,
                  [](sockaddr_in address) { echo_batches(bind_udp(address), send_all); });
}
