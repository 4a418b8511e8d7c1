# Third-party libraries as Debian 12 and 13 deliver them; nothing is downloaded while configuring.
#
#   holdfast::asio      header-only, no CMake config or .pc in Debian 12
#   holdfast::cares     pkg-config only in Debian 12
#   holdfast::cryptopp  no CMake config; its .pc has other names elsewhere
#   holdfast::curl      pkg-config
#   holdfast::hiredis   pkg-config; the CMake config of Debian 12 is broken
#   holdfast::httplib   pkg-config; shared library in Debian
#   holdfast::ldns      pkg-config
#   holdfast::nghttp2   pkg-config
#   holdfast::systemd   pkg-config
#   holdfast::sqlite    pkg-config
#   OpenSSL::SSL, OpenSSL::Crypto, nlohmann_json::nlohmann_json, prometheus-cpp::core,
#   spdlog::spdlog, fmt::fmt, CLI11::CLI11, Threads::Threads, GTest::gtest_main, GTest::gmock
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# For tables that are made while building, and for tests: those want Debian's own, whose packages
# python3-dnspython and python3-jsonschema are.
if(NOT Python3_EXECUTABLE AND EXISTS /usr/bin/python3)
  set(Python3_EXECUTABLE /usr/bin/python3)
endif()
find_package(Python3 3.10 REQUIRED COMPONENTS Interpreter)

find_path(HOLDFAST_ASIO_INCLUDE asio/io_context.hpp REQUIRED)
mark_as_advanced(HOLDFAST_ASIO_INCLUDE)
add_library(holdfast_asio INTERFACE)
add_library(holdfast::asio ALIAS holdfast_asio)
target_include_directories(holdfast_asio SYSTEM INTERFACE "${HOLDFAST_ASIO_INCLUDE}")
target_compile_definitions(holdfast_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
target_link_libraries(holdfast_asio INTERFACE Threads::Threads)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Asio 1.22 does not know that clang with libstdc++ has coroutines.
  target_compile_definitions(holdfast_asio INTERFACE
                             ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1)
endif()

find_path(HOLDFAST_CRYPTOPP_INCLUDE cryptopp/keccak.h REQUIRED)
# The archive first: one function of it is used, and the whole library costs each process 2.7 MB of
# tables and relocations.
find_library(HOLDFAST_CRYPTOPP_LIBRARY NAMES libcryptopp.a libcrypto++.a cryptopp crypto++ REQUIRED)
mark_as_advanced(HOLDFAST_CRYPTOPP_INCLUDE HOLDFAST_CRYPTOPP_LIBRARY)
add_library(holdfast_cryptopp INTERFACE)
add_library(holdfast::cryptopp ALIAS holdfast_cryptopp)
target_include_directories(holdfast_cryptopp SYSTEM INTERFACE "${HOLDFAST_CRYPTOPP_INCLUDE}")
target_link_libraries(holdfast_cryptopp INTERFACE "${HOLDFAST_CRYPTOPP_LIBRARY}")

pkg_check_modules(CARES REQUIRED IMPORTED_TARGET GLOBAL libcares>=1.18)
add_library(holdfast::cares ALIAS PkgConfig::CARES)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET GLOBAL libcurl>=7.88)
add_library(holdfast::curl ALIAS PkgConfig::CURL)
pkg_check_modules(LDNS REQUIRED IMPORTED_TARGET GLOBAL ldns>=1.8)
add_library(holdfast::ldns ALIAS PkgConfig::LDNS)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET GLOBAL libnghttp2>=1.52)
add_library(holdfast::nghttp2 ALIAS PkgConfig::NGHTTP2)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET GLOBAL libsystemd)
add_library(holdfast::systemd ALIAS PkgConfig::SYSTEMD)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET GLOBAL hiredis>=0.14)
add_library(holdfast::hiredis ALIAS PkgConfig::HIREDIS)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET GLOBAL sqlite3>=3.40)
add_library(holdfast::sqlite ALIAS PkgConfig::SQLITE)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET GLOBAL cpp-httplib)
add_library(holdfast::httplib ALIAS PkgConfig::HTTPLIB)

find_package(OpenSSL 3.0 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)

if(HOLDFAST_TESTS)
  find_package(GTest 1.12 REQUIRED)
endif()
