// CurlLibrary: libcurl's functions, loaded when somebody asks for the first time. Linked at start
// it would bring two dozen libraries more, 7 MB and as many milliseconds, to hosts that use no
// chain.
#pragma once

#include <curl/curl.h>
#include <string>

namespace holdfast {

struct CurlLibrary {
  decltype(&::curl_slist_free_all) slist_free_all;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_global_init) global_init;
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_multi_init) multi_init;
  decltype(&::curl_multi_setopt) multi_setopt;
  decltype(&::curl_multi_assign) multi_assign;
  decltype(&::curl_multi_add_handle) multi_add_handle;
  decltype(&::curl_multi_remove_handle) multi_remove_handle;
  decltype(&::curl_multi_socket_action) multi_socket_action;
  decltype(&::curl_multi_info_read) multi_info_read;
  decltype(&::curl_multi_cleanup) multi_cleanup;
};

/// Any thread. std::runtime_error, each time, if the library is not installed.
const CurlLibrary& curl();

/// Why the library cannot be loaded; "" if it is.
[[nodiscard]] std::string libcurl_fault();

}  // namespace holdfast
