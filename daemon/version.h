// The version both programs tell: the project's, set by the build.
#pragma once

namespace holdfast {

#ifdef HOLDFAST_VERSION
inline constexpr const char* kVersion = HOLDFAST_VERSION;
#else
inline constexpr const char* kVersion = "unversioned";
#endif

}  // namespace holdfast
