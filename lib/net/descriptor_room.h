// Descriptor room: who may take the last file descriptors of the process. Clients over TCP and
// source ports come in any number; the control socket, the admin port and the files they read must
// work just then. Descriptors are given the lowest free number first, so a number tells how many
// are left.
#pragma once

#include <cstdint>

namespace holdfast {

/// From the one that gives way first.
enum class DescriptorUse : std::uint8_t { client, upstream };

/// This descriptor is one of the last few, which are not for this use. A system call; false where
/// there is no limit.
[[nodiscard]] bool is_reserved(int fd, DescriptorUse use) noexcept;

/// EMFILE or ENFILE.
[[nodiscard]] bool means_no_descriptors(int error) noexcept;

}  // namespace holdfast
