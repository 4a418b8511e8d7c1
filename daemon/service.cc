#include "daemon/service.h"

#include "daemon/control_plane.h"
#include "net/system_random.h"

namespace holdfast {
namespace {

LoopMarks new_marks() {
  SystemRandom random;
  return LoopMarks(random);
}

}  // namespace

Service::Service(std::string path) : config_path(std::move(path)), loops(new_marks()) {}

Service::~Service() = default;

SharedParts Service::shared() noexcept {
  return {*cache, *board, traits, hedges,      holds,       budgets,    addresses,
          trust,  wall,   loops,  drill_board, store.get(), fleet.get()};
}

}  // namespace holdfast
