// The page people read at /status: one document without anything from elsewhere, which asks
// /api/v1/status for what it shows. Made of the files in daemon/page/ when the daemon is built.
#pragma once

#include <string_view>

namespace holdfast {

/// HTML in UTF-8; always the same.
[[nodiscard]] std::string_view status_page() noexcept;

/// The Content-Security-Policy it must be served with: only its own styles and scripts, by their
/// hashes, and questions to whom it came from.
[[nodiscard]] std::string_view status_page_policy() noexcept;

}  // namespace holdfast
