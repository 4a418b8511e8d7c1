// What the requests on the control socket do.
#pragma once

#include "control/request.h"
#include "daemon/control_socket.h"
#include "daemon/service.h"

namespace holdfast {

/// Does what is asked and answers, now or (why) later. Control thread.
void execute(Service& service, const Request& request, const ControlSocket::Answer& answer);

}  // namespace holdfast
