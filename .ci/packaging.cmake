# cpack makes a .deb and a .tar.gz of what cmake --install puts in place. Nothing is enabled or started by installing it.
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME kaizend)
set(CPACK_PACKAGE_VENDOR kaizend)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "history of coding agents' sessions, on your own machine")
set(CPACK_PACKAGE_DESCRIPTION
  "kaizend watches the files that Claude Code, Codex and Cursor write while they
work, and keeps sessions, events, tool calls, tokens and cost in a database of
its user; kaizenctl shows them live. Nothing leaves the machine unless its user
turns that on.")
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)

set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# A placeholder: who publishes a package names somebody who answers (-DCPACK_DEBIAN_PACKAGE_MAINTAINER=...).
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "kaizend maintainers <kaizend@example.org>" CACHE STRING "")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS procps)    # /bin/kill, of the unit's ExecReload
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)

# What Debian wants of documents: in every package, since a file more does no harm elsewhere.
install(FILES ${CMAKE_SOURCE_DIR}/.ci/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
set(changelog ${CMAKE_BINARY_DIR}/changelog.Debian.gz)
add_custom_command(OUTPUT ${changelog} COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/.ci/debian/changelog >${changelog}
  DEPENDS ${CMAKE_SOURCE_DIR}/.ci/debian/changelog)
add_custom_target(changelog ALL DEPENDS ${changelog})
install(FILES ${changelog} DESTINATION ${CMAKE_INSTALL_DOCDIR})
