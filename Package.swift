// swift-tools-version: 6.3

import PackageDescription

// Layers, top to bottom; a target imports only what stands below it. ARCHITECTURE.md has the map.
let package = Package(
    name: "perfdoctor",
    products: [
        .executable(name: "perfdoctor", targets: ["perfdoctor"]),
        // For benchmarks of other packages: it depends on nothing.
        .library(name: "PerfBenchmark", targets: ["PerfBenchmark"]),
        // Commands of `swift package` in other packages.
        .plugin(name: "Perfdoctor", targets: ["Perfdoctor"]),
        .plugin(name: "PerfdoctorFromSource", targets: ["PerfdoctorFromSource"]),
    ],
    // A package that has perfdoctor installed says `traits: []` and fetches nothing else.
    traits: [
        .default(enabledTraits: ["BuildTool"]),
        .trait(name: "BuildTool", description: "What building the executable perfdoctor takes."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .executableTarget(name: "perfdoctor", dependencies: ["PerfCommands"]),
        .target(
            name: "PerfCommands",
            dependencies: [
                "PerfSessions", "PerfReports", "PerfProfiles", "PerfSampling", "PerfAllocations", "PerfSymbols",
                "PerfHost", "PerfProbes", "PerfBaselines", "PerfDiagnosis", "PerfSizing", "PerfClients", "PerfLinux",
                "PerfModel",
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser",
                    condition: .when(traits: ["BuildTool"])),
            ]
        ),
        .target(
            name: "PerfReports",
            dependencies: [
                "PerfProfiles", "PerfHost", "PerfProbes", "PerfDiagnosis", "PerfBaselines", "PerfSizing",
                "PerfStatistics", "PerfModel",
            ],
            // Turned into HTMLAssets.swift by ci/generate.
            exclude: ["HTML/Assets"]
        ),
        .target(
            name: "PerfSessions",
            dependencies: [
                "PerfSampling", "PerfAllocations", "PerfLeaks", "PerfHost", "PerfProbes", "PerfDiagnosis",
                "PerfBaselines", "PerfSizing", "PerfClients", "PerfSymbols", "PerfProfiles", "PerfLinux", "PerfModel",
                "CPerfLinux",
            ]
        ),
        .target(
            name: "PerfSampling",
            dependencies: ["PerfSymbols", "PerfProfiles", "PerfLinux", "PerfModel", "CPerfUnwind", "CPerfLinux"]
        ),
        // zlib statically: the one C library that perfdoctor carries with it.
        .target(
            name: "PerfSymbols",
            dependencies: ["PerfLinux", "PerfModel", "CPerfSymbols", "CZlib"],
            linkerSettings: [.linkedLibrary(":libz.a")]
        ),
        .target(
            name: "PerfProfiles",
            dependencies: ["PerfStatistics", "PerfModel", "CZlib"],
            linkerSettings: [.linkedLibrary(":libz.a")]
        ),
        // Which blocks of a heap nothing refers to any more; pure over memory that stands still.
        .target(
            name: "PerfLeaks", dependencies: ["PerfSymbols", "PerfLinux", "PerfModel", "CPerfLeaks", "CPerfLinux"]),
        .target(
            name: "PerfAllocations",
            dependencies: [
                "PerfLeaks", "PerfSymbols", "PerfProfiles", "PerfLinux", "PerfModel", "CPerfLinux", "CPerfWire",
            ],
            plugins: ["EmbedPreload"]
        ),
        // The library that is loaded into programs whose heap is recorded (Sources/preload), as a Swift constant.
        .plugin(name: "EmbedPreload", capability: .buildTool(), dependencies: ["embed-preload"]),
        .executableTarget(name: "embed-preload"),
        // `swift package perfdoctor` runs the one that is installed, `perfdoctor-from-source` builds it first.
        .plugin(
            name: "Perfdoctor",
            capability: .command(
                intent: .custom(verb: "perfdoctor", description: "Runs perfdoctor, which is installed."),
                permissions: [.writeToPackageDirectory(reason: "gate builds revisions, baseline and init write files")])
        ),
        .plugin(
            name: "PerfdoctorFromSource",
            capability: .command(
                intent: .custom(verb: "perfdoctor-from-source", description: "Builds perfdoctor, and runs it."),
                permissions: [.writeToPackageDirectory(reason: "gate builds revisions, baseline and init write files")]),
            dependencies: [.target(name: "perfdoctor", condition: .when(traits: ["BuildTool"]))]
        ),
        // Evidence and findings in, a verdict out; pure.
        .target(name: "PerfDiagnosis", dependencies: ["PerfModel"]),
        .target(name: "PerfHost", dependencies: ["PerfLinux", "PerfModel", "CPerfLinux"]),
        .target(name: "PerfLinux", dependencies: ["PerfModel", "CPerfLinux"]),
        .target(name: "PerfStatistics", dependencies: ["PerfModel"]),
        // Benchmark results: measuring, reading foreign reports, storing, comparing.
        .target(name: "PerfBaselines", dependencies: ["PerfStatistics", "PerfClients", "PerfLinux", "PerfModel"]),
        // Clients of servers, whose libraries are opened on first use.
        .target(name: "PerfClients", dependencies: ["PerfLinux", "PerfModel", "CPerfClients"]),
        // Servers and hosts that are asked: the schedule, the ways to ask, and checks of what they say.
        .target(
            name: "PerfProbes",
            dependencies: [
                "PerfClients", "PerfStatistics", "PerfLinux", "PerfModel", "CPerfLinux",
                .product(name: "Histogram", package: "hdrhistogram-swift", condition: .when(traits: ["BuildTool"])),
            ]
        ),
        // Tables of the guides as data, and the arithmetic of workers.
        .target(name: "PerfSizing", dependencies: ["PerfModel"]),
        .target(name: "PerfModel"),
        // Benchmarks within a process, which tell their results by docs/benchmark-protocol.md.
        .target(name: "PerfBenchmark"),

        // C: system-call shims, libunwind's macros, libdw and the demanglers; all but zlib opened on first use.
        .target(name: "CPerfLinux"),
        .target(name: "CPerfUnwind"),
        // What the preload library in a target and perfdoctor share.
        .target(name: "CPerfWire"),
        .target(name: "CPerfSymbols"),
        // Which block an address lies in, for tens of millions of words.
        .target(name: "CPerfLeaks"),
        .target(name: "CPerfClients"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

        // Small programs with known answers for the live tests; not a product.
        .executableTarget(name: "perfdoctor-workload"),
        // What unwinding costs, for ci/benchmarks/unwind; not a product.
        .executableTarget(
            name: "perfdoctor-unwind-benchmark",
            dependencies: ["PerfSessions", "PerfSampling", "PerfModel"]
        ),
        // What snapshots of a host say and cost, for ci/benchmarks/diagnose-agreement; not a product.
        // Benchmarks with known answers, for tests of the protocol; not a product.
        .executableTarget(name: "perfdoctor-benchmarks", dependencies: ["PerfBenchmark"]),
        .executableTarget(name: "perfdoctor-host-benchmark", dependencies: ["PerfHost", "PerfLinux", "PerfModel"]),

        .testTarget(name: "PerfModelTests", dependencies: ["PerfModel"]),
        .testTarget(
            name: "PerfStatisticsTests",
            dependencies: ["PerfStatistics", "PerfModel"],
            exclude: ["Fixtures"]
        ),
        .testTarget(name: "PerfSizingTests", dependencies: ["PerfSizing", "PerfModel"]),
        .testTarget(
            name: "PerfProfilesTests",
            dependencies: ["PerfProfiles", "PerfStatistics", "PerfModel"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "PerfLinuxTests",
            dependencies: ["PerfLinux", "PerfModel", "CPerfLinux"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "PerfHostTests",
            dependencies: ["PerfHost", "PerfLinux", "PerfModel"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "PerfBaselinesTests",
            dependencies: ["PerfBaselines", "PerfStatistics", "PerfClients", "PerfLinux", "PerfModel"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "PerfProbesTests",
            dependencies: ["PerfProbes", "PerfClients", "PerfStatistics", "PerfLinux", "PerfModel"],
            exclude: ["Fixtures"]
        ),
        .testTarget(name: "PerfClientsTests", dependencies: ["PerfClients", "PerfModel"]),
        .testTarget(name: "PerfDiagnosisTests", dependencies: ["PerfDiagnosis", "PerfModel"]),
        .testTarget(
            name: "PerfSymbolsTests",
            dependencies: ["PerfSymbols", "PerfLinux", "PerfModel"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "PerfSamplingTests",
            dependencies: ["PerfSampling", "PerfSymbols", "PerfProfiles", "PerfLinux", "PerfModel"],
            exclude: ["Fixtures"]
        ),
        .testTarget(name: "PerfLeaksTests", dependencies: ["PerfLeaks", "PerfSymbols", "PerfLinux", "PerfModel"]),
        .testTarget(
            name: "PerfAllocationsTests",
            dependencies: ["PerfAllocations", "PerfLinux", "PerfModel", "CPerfWire"]
        ),
        .testTarget(
            name: "PerfReportsTests",
            dependencies: [
                "PerfReports", "PerfProfiles", "PerfHost", "PerfProbes", "PerfDiagnosis", "PerfBaselines",
                "PerfSizing", "PerfLinux", "PerfModel",
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "PerfCommandsTests",
            dependencies: [
                "PerfCommands", "PerfSessions", "PerfReports", "PerfProfiles", "PerfSampling", "PerfSizing",
                "PerfHost", "PerfProbes", "PerfDiagnosis", "PerfBaselines", "PerfClients", "PerfLinux", "PerfModel",
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Warnings are errors in ci/test only: the next compiler's new warnings shall not stop anybody's build.
let isStrict = Context.environment["PERFDOCTOR_STRICT"] != nil

// The release is built for size where speed does not matter; not by those who depend on this package, whose builds take
// no such flags.
let isForSize = Context.environment["PERFDOCTOR_SIZE"] != nil
let sizedTargets: Set = [
    "PerfCommands", "PerfReports", "PerfSessions", "PerfBaselines", "PerfProbes", "PerfClients", "PerfDiagnosis",
    "PerfSizing",
]

// Settings of every target, applied once.
for target in package.targets where target.type != .system && target.type != .plugin {
    let isC = target.name.hasPrefix("CPerf")
    if isC {
        target.cSettings = [.enableWarning("all"), .enableWarning("extra"), .define("_GNU_SOURCE")]
        if isStrict { target.cSettings?.append(.treatAllWarnings(as: .error)) }
    } else {
        target.swiftSettings = [
            .strictMemorySafety(),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
        ]
        if isStrict { target.swiftSettings?.append(.treatAllWarnings(as: .error)) }
        if isForSize, sizedTargets.contains(target.name) { target.swiftSettings?.append(.unsafeFlags(["-Osize"])) }
    }
}
