// What is at a path, and putting something else there: whole or not at all, and on the disk when it
// returns.
#pragma once

#include <string>
#include <vector>

#include "host/picture.h"

namespace holdfast::ctl {

/// Links are not followed. What cannot be read is FileKind::other. Files count up to 1 MiB.
[[nodiscard]] host::FileState read_state(const std::string& path);

/// Makes `path` what `state` says, its folders included; absent: removes it. A path that is mounted
/// over cannot be exchanged and is written in place. Returns why not, "" if it is done.
[[nodiscard]] std::string put_state(const std::string& path, const host::FileState& state);

/// The folders above `path` that are not there, the outermost first.
[[nodiscard]] std::vector<std::string> missing_folders(const std::string& path);

/// Removes what a put_state() that was killed may have left beside `path`.
void remove_leftover(const std::string& path);

}  // namespace holdfast::ctl
