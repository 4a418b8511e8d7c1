// Is a write-ahead log whole? SQLite takes a log up to the first frame whose checksum is wrong, and
// says nothing of what stood behind: answers would be gone that could still be read.
#pragma once

#include <string>

namespace holdfast {

/// False if a frame that belongs to the log does not continue what stands before it, or the log has
/// frames and no beginning. True for a log that is not there, and for one that was only cut short.
[[nodiscard]] bool log_is_whole(const std::string& log_path);

}  // namespace holdfast
