# Options of the static release build; sourced.
#
# Whoever shares its scratch directory takes release_options, since others would compile everything anew. A section for
# each function lets the linker leave out what is unused and, in perfdoctor itself, what is the same code twice; without
# --no-export-dynamic the static Swift libraries would export every symbol.
# shellcheck shell=bash disable=SC2034
release_options=(--static-swift-stdlib -Xswiftc -Xfrontend -Xswiftc -function-sections)
release_link_options=(-Xlinker --no-export-dynamic -Xlinker --icf=safe)
