# Options of the static release build; sourced.
#
# Whoever shares its scratch directory takes release_options, since others would compile everything anew. A section for
# each function lets the linker leave out what is unused and what is the same code twice; without --no-export-dynamic the
# static Swift libraries would export every symbol. At a fixed address nothing has to be moved at the start: that saves
# 1.4 MB of tables, and time.
# shellcheck shell=bash disable=SC2034
release_options=(--static-swift-stdlib -Xswiftc -Xfrontend -Xswiftc -function-sections
    -Xswiftc -Xclang-linker -Xswiftc -no-pie)
release_link_options=(-Xlinker --no-export-dynamic -Xlinker --icf=all)
# Package.swift builds some targets for size then.
export PERFDOCTOR_SIZE=1
