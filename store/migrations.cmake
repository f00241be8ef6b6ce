# Embeds store/migrations/*.sql, in order of their numbers, as store/migrations.inc in the build
# folder.
file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/store/migrations/*.sql)
list(SORT migrations)
list(LENGTH migrations count)
set(text "inline constexpr std::array<std::string_view, ${count}> migrations = {\n")
foreach(file ${migrations})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} sql)
  string(APPEND text "R\"sql(${sql})sql\",\n")
endforeach()
string(APPEND text "};\n")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/store/migrations.inc CONTENT "${text}" @ONLY)
target_include_directories(storeward_store PRIVATE ${CMAKE_BINARY_DIR}/generated)
