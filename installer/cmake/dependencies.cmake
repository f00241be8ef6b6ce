# Everything comes from Debian's packages (installer/packages.txt); nothing is vendored or downloaded.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PahoMqttCpp REQUIRED)
find_package(pugixml REQUIRED)
find_package(LibArchive REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(systemd REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(odbc REQUIRED IMPORTED_TARGET odbc)
pkg_check_modules(pqxx REQUIRED IMPORTED_TARGET libpqxx)

if(STOREWARD_BENCH)
  find_package(benchmark REQUIRED)
endif()

# Howard Hinnant's time zone library.
find_library(DATE_TZ_LIBRARY date-tz REQUIRED)

# Asio is headers only; Debian's RESTinio brings its definitions and the packaged http-parser.
find_package(fmt REQUIRED)
find_package(restinio REQUIRED)
# Whether std::aligned_alloc is there, Asio 1.22 finds out from what was included before it: said here,
# or one file's new meets another file's free.
add_library(storeward_asio INTERFACE)
target_compile_definitions(storeward_asio INTERFACE
  ASIO_STANDALONE ASIO_HAS_STD_CHRONO ASIO_DISABLE_STD_STRING_VIEW ASIO_HAS_STD_ALIGNED_ALLOC)
target_link_libraries(storeward_asio INTERFACE Threads::Threads)
