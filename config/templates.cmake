# Embeds config/templates/*.toml as config/templates.inc in the build folder: the shipped templates
# are part of the program, so they always fit its version.
file(GLOB templates CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/config/templates/*.toml)
list(SORT templates)
list(LENGTH templates count)
set(text "inline constexpr std::array<ShippedTemplate, ${count}> templates = {{\n")
foreach(file ${templates})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} toml)
  string(APPEND text "{\"${name}\", R\"toml(${toml})toml\"},\n")
endforeach()
string(APPEND text "}};\n")
# Copied, so that an unchanged file stays unchanged; not configured: "@" is an attribute in a path.
file(WRITE ${CMAKE_BINARY_DIR}/generated/config/templates.new "${text}")
configure_file(${CMAKE_BINARY_DIR}/generated/config/templates.new
               ${CMAKE_BINARY_DIR}/generated/config/templates.inc COPYONLY)
target_include_directories(storeward_config PRIVATE ${CMAKE_BINARY_DIR}/generated)
