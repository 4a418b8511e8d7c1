#include "daemon/service.h"

#include "daemon/control_plane.h"

namespace holdfast {

Service::Service(std::string path) : config_path(std::move(path)) {}

Service::~Service() = default;

SharedParts Service::shared() noexcept {
  return {*cache,    *board, traits, hedges,      holds,      budgets,
          addresses, trust,  wall,   store.get(), fleet.get()};
}

}  // namespace holdfast
