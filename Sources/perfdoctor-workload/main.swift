// Small programs with known answers, for tests and benchmarks: `perfdoctor-workload --list`.
//
// The folder also compiles as plain `swiftc -O *.swift`, so nothing here imports a module of perfdoctor.
import Glibc

exit(Workload.run(arguments: CommandLine.arguments))
