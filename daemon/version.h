// The version both programs tell: the project's, set by the build.
#pragma once

#include <chrono>

namespace holdfast {

#ifdef HOLDFAST_VERSION
inline constexpr const char* kVersion = HOLDFAST_VERSION;
#else
inline constexpr const char* kVersion = "unversioned";
#endif

/// When the sources were last changed, by the build's word (cmake/BuildDate.cmake), in seconds
/// since 1970 and as a date. No clock that is right is before it.
#ifdef HOLDFAST_BUILT_AT
inline constexpr std::chrono::seconds kBuiltAt{HOLDFAST_BUILT_AT};
inline constexpr const char* kBuiltOn = HOLDFAST_BUILT_ON;
#else
inline constexpr std::chrono::seconds kBuiltAt{0};
inline constexpr const char* kBuiltOn = "its time";
#endif

}  // namespace holdfast
