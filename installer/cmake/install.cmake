# What is installed where, and the Debian package made of it (installer/package).

install(TARGETS storeward storeward-link storeward-sql-source storeward-mqtt-source storeward-hub storeward-till RUNTIME DESTINATION bin)
install(FILES systemd/storeward.service DESTINATION lib/systemd/system)
install(FILES systemd/storeward.sysusers DESTINATION lib/sysusers.d RENAME storeward.conf)
install(FILES systemd/storeward.tmpfiles DESTINATION lib/tmpfiles.d RENAME storeward.conf)
install(FILES config/storeward.toml DESTINATION /etc/storeward)
install(DIRECTORY DESTINATION /etc/storeward/conf.d)
install(FILES README.md CHANGELOG.md DESTINATION share/doc/storeward)
install(FILES LICENSE DESTINATION share/doc/storeward RENAME copyright)
install(DIRECTORY docs/examples DESTINATION share/doc/storeward)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME storeward)
set(CPACK_PACKAGE_VENDOR "Storeward")
set(CPACK_PACKAGE_CONTACT "Storeward maintainers <maintainers@storeward.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# For systemd-sysusers and systemd-tmpfiles in postinst; time zones are read at run time.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd, tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "mosquitto")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/installer/debian/postinst ${CMAKE_SOURCE_DIR}/installer/debian/prerm
  ${CMAKE_SOURCE_DIR}/installer/debian/postrm ${CMAKE_SOURCE_DIR}/installer/debian/conffiles)
include(CPack)
