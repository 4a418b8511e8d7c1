#include "config/config.h"

namespace holdfast {

std::string ConfigError::to_string() const {
  std::string out = file + ": ";
  if (!pointer.empty()) out += pointer + ": ";
  return out + message;
}

}  // namespace holdfast
