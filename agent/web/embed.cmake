# Writes OUTPUT: a table of FILES (each "path|file") as byte arrays with content type.
set(arrays "")
set(table "")
set(number 0)
foreach(entry IN LISTS FILES)
  string(REGEX MATCH "^([^|]*)\\|(.*)$" _ "${entry}")
  set(path "${CMAKE_MATCH_1}")
  set(file "${CMAKE_MATCH_2}")
  if(file MATCHES "\\.html$")
    set(type "text/html; charset=utf-8")
  elseif(file MATCHES "\\.js$")
    set(type "text/javascript; charset=utf-8")
  elseif(file MATCHES "\\.css$")
    set(type "text/css; charset=utf-8")
  elseif(file MATCHES "\\.svg$")
    set(type "image/svg+xml")
  else()
    message(FATAL_ERROR "embed.cmake: no content type for ${file}")
  endif()
  file(READ "${file}" hex HEX)
  string(LENGTH "${hex}" length)
  math(EXPR length "${length} / 2")
  string(REGEX REPLACE "................................" "\\0\n" lines "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," lines "${lines}")
  string(APPEND arrays "constexpr char bytes_${number}[] = {\n${lines}};\n")
  string(APPEND table "    {\"${path}\", \"${type}\", {bytes_${number}, ${length}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUTPUT}.new" "#include \"agent/web/assets.h\"

namespace storeward::web {
namespace {
${arrays}
constexpr Asset table[] = {
${table}};
}  // namespace

std::span<const Asset> assets() { return table; }
}  // namespace storeward::web
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
