import FoundationEssentials
import Glibc
import PerfModel
import Testing

/// `probe` as users run it, on servers of the tests; what is down, silent or slow is so on purpose.
@Suite(
    "probe, live", .serialized, .tags(.live), .timeLimit(.minutes(20)), .enabled(if: ProbeLive.isPossible, "see above"))
struct ProbeLiveTests {
    @Test("the document has the fields of the contract, and the exit code is 0 for what is fine")
    func document() throws {
        let redis = try LiveRedis(["--maxmemory", "64mb"])
        let probe = try ProbeLive.json([
            "redis://127.0.0.1:\(redis.port)", "tcp://127.0.0.1:\(redis.port)", "ping://127.0.0.1", "-c", "40",
        ])
        // On a host that is too busy to measure from it says so, with 4.
        #expect([0, 4].contains(probe.status), "\(probe.errors)")
        #expect(try probe.json["schema"].string() == "perfdoctor.probe/1")
        for key in ["tool", "host", "started_at", "duration_ns", "warnings", "findings", "unmeasured", "prober"] {
            #expect(probe.json[key].isPresent, "\(key)")
        }
        let targets = try probe.json["targets"].elements()
        #expect(targets.count == 3)
        for target in targets {
            #expect(try target["sent"].count() == 40)
            #expect(try target["received"].count() == 40)
            #expect(try target["lost_ratio"].number() == 0)
            #expect(try !target["method"].string().isEmpty)
            #expect(["ok", "slow", "invalid"].contains(try target["verdict"].string()))
            let latency = target["latency_ns"]
            let order = try ["min", "p50", "p90", "p95", "max"].map { try latency[$0].amount() }
            // Buckets have three digits: a percentile may be that much above the largest one, never more.
            #expect(zip(order, order.dropFirst()).allSatisfy { $0 <= $1 * 1.002 }, "\(order)")
            #expect(!latency["p99"].isPresent && latency.has("p99", "p999", "mean", "jitter"), "too few: null")
            let histogram = target["histogram"]
            let counts = try histogram["count"].elements().reduce(0) { try $0 + $1.count() }
            #expect(try counts == 40 && histogram["latency_ns"].elements().count <= 40)
            let answered = try target["timeline"]["answered"].elements().reduce(0) { try $0 + $1.count() }
            #expect(answered == 40)
            #expect(target["phases_ns"].isObject && target["connecting_ns"].isObject && target["facts"].isObject)
        }
        #expect(targets[0]["connecting_ns"].has("tcp"))
        #expect(try targets[0]["facts"]["version"].string().hasPrefix("Redis "))
        let checks = try targets[0]["checks"].elements()
        #expect(checks.contains { $0["id"].value == .string("rd.rtt") } && checks.allSatisfy { $0["outcome"].isString })
    }

    @Test("a finding ends with 1 where that was asked for; a document names what to do")
    func failOn() throws {
        // Without maxmemory there is always a finding.
        let redis = try LiveRedis()
        let url = "redis+unix://\(redis.socket)"
        #expect([0, 4].contains(try ProbeLive.run([url, "-c", "5"]).status))
        #expect([1, 4].contains(try ProbeLive.run([url, "-c", "5", "--fail-on", "warning"]).status))
        #expect([0, 4].contains(try ProbeLive.run([url, "-c", "5", "--fail-on", "critical"]).status))
        let unchecked = try ProbeLive.run([url, "-c", "5", "--fail-on", "warning", "--no-checks"])
        #expect([0, 4].contains(unchecked.status))
        let probe = try ProbeLive.json([url, "-c", "5"])
        let finding = try #require(
            try probe.json["findings"].elements().first { $0["id"].value == .string("rd.maxmemory") })
        #expect(try finding["severity"].string() == "warning" && !finding["remedies"].elements().isEmpty)
    }

    @Test("thresholds of perfdoctor.json replace those of checks, and its targets are asked without URLs")
    func configuration() throws {
        let redis = try LiveRedis(["--maxmemory", "64mb"])
        let directory = try LiveDirectory()
        // Every round trip takes longer than a nanosecond.
        _ = try directory.write(
            "perfdoctor.json",
            """
            { // JSON5
              targets: ["redis://127.0.0.1:\(redis.port)"],
              thresholds: { "rd.rtt": { warning: 0.000001, critical: 100000 } },
            }
            """)
        let probe = try ProbeLive.json(
            ["-c", "150", "--rate", "100", "--fail-on", "warning"], in: directory)
        #expect([1, 4].contains(probe.status), "\(probe.errors)")
        let finding = try #require(try probe.json["findings"].elements().first { $0["id"].value == .string("rd.rtt") })
        #expect(try finding["severity"].string() == "warning" && finding["threshold"].number() == 0.000001)
        _ = try directory.write("perfdoctor.json", #"{ targets: ["redis://cache"], threshold: {} }"#)
        let wrong = try ProbeLive.run(["-c", "1"], in: directory)
        #expect(wrong.status == 64 && wrong.errors.contains("thresholds"), "\(wrong.errors)")
    }

    @Test("what is down, silent, behind a firewall or unknown is named; the others are measured, and the end is 5")
    func others() throws {
        let redis = try LiveRedis(["--maxmemory", "64mb"])
        let (firewalled, halfOpen) = (try LiveSocket(backlog: 0), try LiveSocket(backlog: 16))
        firewalled.fill()
        let closed = try LiveSocket(backlog: 1).port
        let urls = [
            "tcp://127.0.0.1:\(closed)", "tcp://127.0.0.1:\(firewalled.port)", "redis://127.0.0.1:\(halfOpen.port)",
            "postgres://u@127.0.0.1:\(halfOpen.port)/d", "tcp://nothing.invalid:1", "redis://127.0.0.1:\(redis.port)",
        ]
        let probe = try ProbeLive.json(urls + ["-d", "1", "--timeout", "0.4"])
        #expect(probe.status == 5, "\(probe.errors)")
        func target(_ url: String) throws -> JSONNode {
            try #require(try probe.json["targets"].elements().first { $0["url"].word?.hasPrefix(url) == true })
        }
        let fine = try target(urls[5])
        #expect(
            ["ok", "slow", "invalid"].contains(fine["verdict"].word) && fine["received"].value == fine["sent"].value)
        for url in urls.dropLast() {
            let down = try target(url)
            #expect(down["verdict"].word == "failed" && down["received"].word == "0", "\(url)")
            #expect(down["error"].word?.isEmpty == false && down["latency_ns"].value == .null, "\(url)")
        }
        func kinds(_ url: String) throws -> Set<String> {
            Set(try target(url)["failures"].elements().compactMap { $0["kind"].word })
        }
        #expect(try kinds(urls[0]) == ["refused"])
        #expect(try kinds(urls[1]) == ["timed_out"])
        #expect(try kinds(urls[2]) == ["timed_out"])
        #expect(try kinds(urls[3]) == ["timed_out"])
        // The text says the same, each with what to do.
        let text = try ProbeLive.run(urls + ["-d", "1", "--timeout", "0.4"])
        #expect(text.status == 5 && text.text.contains(" of 6 targets "))
        #expect(text.text.contains("nothing.invalid"))
    }

    @Test("a firewall that drops packets is a timeout, in time; what it lets through is measured")
    func firewall() throws {
        guard Live.isRoot,
            ["/usr/bin/unshare", "/usr/sbin/nft", "/bin/ip"].allSatisfy({
                FileManager.default.isExecutableFile(atPath: $0)
            })
        else {
            print("a firewall: skipped: needs root, unshare, nft and ip")
            return
        }
        let directory = try LiveDirectory()
        let script = """
            ip link set lo up && nft add table inet t &&
            nft add chain inet t in '{ type filter hook input priority 0; }' &&
            nft add rule inet t in tcp dport 81 drop || exit 99
            exec '\(Live.perfdoctor)' probe tcp://127.0.0.1:81 http://127.0.0.1:81/ tcp://127.0.0.1:82 \
                ping://127.0.0.1 -d 2 --timeout 500ms --format json
            """
        let ending = try LiveProcess(["/usr/bin/unshare", "-n", "/bin/sh", "-c", script], in: directory).wait()
        guard ending.status != 99 else {
            print("a firewall: skipped: no rule can be made: \(ending.errors)")
            return
        }
        #expect(ending.status == 5, "\(ending.errors)")
        let probe = try ProbeLive.Document(ending)
        let targets = try probe.json["targets"].elements()
        let kinds = try targets.map { try $0["failures"].elements().compactMap { $0["kind"].word } }
        #expect(kinds == [["timed_out"], ["timed_out"], ["refused"], []])
        let ping = try #require(targets.last)
        #expect(try ping["received"].count() > 0)
    }

    @Test("a URL that says too little is a matter of usage", arguments: ["tcp://host", "ping://"])
    func badURL(url: String) throws {
        let probe = try ProbeLive.run([url, "-c", "1", "--timeout", "0.4"])
        #expect(probe.status == 64, "\(probe.errors) \(probe.text)")
    }

    @Test("a server that stands still in the middle is slow, not gone: what was due then was lost or waited")
    func halfOpen() throws {
        let redis = try LiveRedis(["--maxmemory", "64mb"])
        let directory = try LiveDirectory()
        let server = try redis.pid
        let process = try LiveProcess(
            ProbeLive.command(["redis://127.0.0.1:\(redis.port)", "-d", "4", "--timeout", "0.4", "--format", "json"]),
            in: directory)
        usleep(1_500_000)
        kill(server, SIGSTOP)
        usleep(1_500_000)
        kill(server, SIGCONT)
        let probe = try ProbeLive.Document(process.wait())
        let target = probe.json["targets"].first
        #expect([0, 4].contains(probe.status), "\(probe.errors)")
        let (sent, received) = (try target["sent"].count(), try target["received"].count())
        #expect(sent == 80 && received < sent && received > 20, "\(received) of \(sent)")
        #expect(["slow", "invalid"].contains(target["verdict"].word))
        #expect(try target["failures"].elements().contains { $0["kind"].word == "timed_out" })
        #expect(try target["connections"].count() > 1)
        let lost = try target["timeline"]["lost"].elements().reduce(0) { try $0 + $1.count() }
        #expect(lost == sent - received)
    }

    @Test("a prober that was stopped itself judges nothing, and ends with 4")
    func invalid() throws {
        let redis = try LiveRedis(["--maxmemory", "64mb"])
        let directory = try LiveDirectory()
        let process = try LiveProcess(
            ProbeLive.command([
                "redis://127.0.0.1:\(redis.port)", "-d", "4", "--rate", "50", "--format", "json", "--no-checks",
            ]), in: directory)
        // Under `timeout`, whose only child it is.
        usleep(1_500_000)
        let children = try String(
            contentsOfFile: "/proc/\(process.pid)/task/\(process.pid)/children", encoding: .utf8)
        let prober = try #require(children.split(separator: " ").first.flatMap { Int32($0) })
        kill(prober, SIGSTOP)
        usleep(1_500_000)
        kill(prober, SIGCONT)
        let probe = try ProbeLive.Document(process.wait())
        #expect(probe.status == 4, "\(probe.errors)")
        let target = probe.json["targets"].first
        #expect(target["verdict"].word == "invalid" && target["error"].word?.contains("prober") == true)
        // What was its own fault is in its lag, not in the latencies of the server.
        #expect(try target["lag_ns"]["max"].amount() > 1e9)
        #expect(try target["latency_ns"]["max"].amount() < 1e9)
    }

    @Test("progress is shown on a terminal alone, and a signal leaves a whole report")
    func progress() throws {
        let redis = try LiveRedis()
        let directory = try LiveDirectory()
        if LiveTerminal.isPossible {
            let terminal = try LiveTerminal(columns: 120, rows: 30, in: directory)
            try terminal.enter("\(Live.perfdoctor) probe redis+unix://\(redis.socket) -d 4 2>&1")
            try terminal.waitFor { $0.contains("asking, ") && $0.contains("last answer") }
            try terminal.waitFor { $0.contains("questions a second of each target") }
            #expect(try !terminal.screen.contains { $0.contains("asking, ") })
        }
        let process = try LiveProcess(
            [Live.perfdoctor, "probe", "redis+unix://\(redis.socket)", "-d", "60", "--format", "json"], in: directory)
        usleep(1_500_000)
        kill(process.pid, SIGINT)
        let probe = try ProbeLive.Document(process.wait())
        #expect(probe.errors.isEmpty, "\(probe.errors)")
        #expect(try probe.json["targets"].first["received"].count() > 0)
        #expect(try probe.json["warnings"].elements().contains { $0["code"].word == "stopped" })
    }

    @Test("OpenMetrics is what its specification says")
    func openMetrics() throws {
        let redis = try LiveRedis()
        let probe = try ProbeLive.run([
            "redis://127.0.0.1:\(redis.port)", "tcp://127.0.0.1:1", "-c", "20", "--timeout", "0.4", "--format",
            "openmetrics",
        ])
        #expect(probe.status == 5)
        let metrics = try OpenMetricsText(probe.text)
        #expect(metrics.families["perfdoctor_probe_latency_seconds"] == "summary")
        let up = metrics.samples.filter { $0.name == "perfdoctor_probe_up" }
        #expect(up.contains { $0.value == 0 && $0.labels["target"] == "tcp://127.0.0.1:1" }, "\(up)")
        let sent = metrics.samples.filter { $0.name == "perfdoctor_probe_sent" }
        #expect(sent.map(\.value) == [20, 20])
        #expect(metrics.samples.contains { $0.labels["check"] == "rd.maxmemory" && $0.value == 1 })
        let median = metrics.samples.first { $0.labels["quantile"] == "0.5" }
        #expect(median.map { $0.value > 1e-6 && $0.value < 10 } == true)
    }

    @Test("the page and a comparison of two documents are made by the command itself")
    func pageAndDiff() throws {
        let redis = try LiveRedis()
        let directory = try LiveDirectory()
        let url = "redis://127.0.0.1:\(redis.port)"
        for name in ["a", "b"] {
            let made = try ProbeLive.run(
                [url, "-c", "60", "--rate", "60", "--format", "json", "-o", "\(name).json"], in: directory)
            #expect([0, 4].contains(made.status), "\(made.errors)")
        }
        let page = try ProbeLive.run([url, "-c", "10", "--format", "html", "-o", "probe.html"], in: directory)
        #expect([0, 4].contains(page.status) && page.text.isEmpty)
        let markup = try String(contentsOfFile: directory.path + "/probe.html", encoding: .utf8)
        #expect(markup.hasPrefix("<!DOCTYPE html>") && markup.contains("id=\"over-time\""))
        let same = try Live.run(["diff", "a.json", "b.json"], in: directory)
        #expect(same.status == 0 && same.text.contains(url), "\(same.errors)")
        let json = try Live.run(["diff", "a.json", "b.json", "--format", "json"], in: directory)
        let document = JSONNode(try JSONValue.parsed(json.output))
        #expect(document["schema"].word == "perfdoctor.diff/1" && document["compares"].word == "probe")
        let wrong = [
            ["a.json", "b.json", "--format", "html"], ["a.json", "b.json", "--per", "3"],
            ["a.json", "--after", "b.json", "b.json"],
        ]
        for arguments in wrong {
            let outcome = try Live.run(["diff"] + arguments, in: directory)
            #expect(outcome.status == 64, "\(arguments): \(outcome.errors)")
        }
        let mixed = try Live.run(["diff", "a.json", "probe.html"], in: directory)
        #expect(mixed.status == 5 && mixed.errors.contains("document of a probe"), "\(mixed.errors)")
    }
}

/// Runs of `probe`, which end whatever happens: `timeout` tells one that hangs, with 124.
enum ProbeLive {
    static let isPossible: Bool = {
        guard FileManager.default.isExecutableFile(atPath: Live.perfdoctor) else {
            print("probe, live: skipped: \(Live.perfdoctor) is not built; run: swift build")
            return false
        }
        return LiveRedis.isPossible
    }()

    static func command(_ arguments: [String]) -> [String] {
        ["/usr/bin/timeout", "-k", "5", "60", Live.perfdoctor, "probe"] + arguments
    }

    static func run(
        _ arguments: [String], in directory: LiveDirectory? = nil, environment: [String]? = nil
    ) throws -> LiveProcess.Ending {
        let directory = try directory ?? LiveDirectory()
        // It is removed when nobody holds it.
        return try withExtendedLifetime(directory) {
            try LiveProcess(command(arguments), in: directory, environment: environment).wait()
        }
    }

    static func json(_ arguments: [String], in directory: LiveDirectory? = nil) throws -> Document {
        try Document(run(arguments + ["--format", "json"], in: directory))
    }

    struct Document {
        let json: JSONNode
        let status: Int32
        let errors: String

        init(_ ending: LiveProcess.Ending) throws {
            status = ending.status
            errors = ending.errors
            try #require(!ending.output.isEmpty, "\(ending.status): \(ending.errors)")
            json = JSONNode(try JSONValue.parsed(ending.output))
        }
    }
}

/// A strict reader of OpenMetrics 1.0, by the specification, sections 3 and 5.
struct OpenMetricsText {
    struct Sample {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Wrong: Error { var line: String }

    /// Types by name.
    private(set) var families: [String: String] = [:]
    private(set) var samples: [Sample] = []

    init(_ text: String) throws {
        guard text.hasSuffix("\n# EOF\n") else { throw Wrong(line: "the end") }
        var family = ""
        var seen: Set<String> = []
        for line in text.split(separator: "\n").dropLast().map(String.init) {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if words.first == "#" {
                guard words.count >= 4, ["TYPE", "UNIT", "HELP"].contains(words[1]) else { throw Wrong(line: line) }
                if words[1] == "TYPE" {
                    guard families.updateValue(words[3], forKey: words[2]) == nil else { throw Wrong(line: line) }
                    family = words[2]
                }
                // A unit ends the name of its family.
                guard words[2] == family, words[1] != "UNIT" || family.hasSuffix("_" + words[3]) else {
                    throw Wrong(line: line)
                }
                continue
            }
            let sample = try Self.sample(line)
            let suffixes = families[family] == "summary" ? ["", "_count", "_sum"] : [""]
            guard suffixes.contains(where: { sample.name == family + $0 }) else { throw Wrong(line: line) }
            let key = "\(sample.name) \(sample.labels.sorted { $0.key < $1.key })"
            guard seen.insert(key).inserted else { throw Wrong(line: "twice: \(line)") }
            samples.append(sample)
        }
    }

    private static func sample(_ line: String) throws -> Sample {
        guard let open = line.firstIndex(of: "{") else { throw Wrong(line: line) }
        var sample = Sample(name: String(line[..<open]), labels: [:], value: 0)
        var rest = line[line.index(after: open)...]
        while rest.first != "}" {
            guard let equals = rest.firstRange(of: "=\"") else { throw Wrong(line: line) }
            let name = String(rest[..<equals.lowerBound])
            var value = ""
            var index = equals.upperBound
            while index < rest.endIndex, rest[index] != "\"" {
                if rest[index] == "\\" {
                    index = rest.index(after: index)
                    guard index < rest.endIndex, "\\\"n".contains(rest[index]) else { throw Wrong(line: line) }
                }
                value.append(rest[index])
                index = rest.index(after: index)
            }
            guard index < rest.endIndex, sample.labels.updateValue(value, forKey: name) == nil else {
                throw Wrong(line: line)
            }
            rest = rest[rest.index(after: index)...]
            if rest.first == "," { rest = rest.dropFirst() }
        }
        guard rest.hasPrefix("} "), let value = Double(rest.dropFirst(2)) else { throw Wrong(line: line) }
        sample.value = value
        return sample
    }
}
