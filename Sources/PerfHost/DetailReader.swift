import PerfLinux
import PerfModel

/// Reads all that is told of single processes.
struct DetailReader {
    let reader: HostReader
    let readsDelays: Bool
    let rights: ObserverRights
    /// Files that may not be read, by name.
    private(set) var denied: [String: Int] = [:]

    /// Descriptors whose kind is looked at; of the target and its cgroup alone.
    private static let mostKinds = 256
    /// Longest tables that are listed: that takes half a microsecond for each descriptor.
    private static let mostListed: UInt64 = 1 << 18
    private static let mostListedOfOthers: UInt64 = 1 << 13

    init(reader: HostReader, readsDelays: Bool, rights: ObserverRights) {
        self.reader = reader
        self.readsDelays = readsDelays
        self.rights = rights
    }

    /// - Returns: nil for a process that has ended meanwhile.
    mutating func detail(of process: ProcessSample, chosenFor selection: ProcessDetail.Selection) -> ProcessDetail? {
        let directory = "/proc/\(process.pid)"
        let tids: [Int32]
        do throws(SystemCallError) {
            tids = try reader.numbers(in: "\(directory)/task")
        } catch {
            if error.isDenied { denied["task", default: 0] += 1 }
            return nil
        }
        var detail = ProcessDetail(
            pid: process.pid, startTicks: process.startTicks, commandLine: commandLine(directory),
            cgroup: cgroup(directory), memory: [:], io: io(directory), threads: [],
            threadsAreTruncated: tids.count > reader.options.threadsPerProcess,
            descriptors: .notCollected,
            selection: selection)
        let slots = addStatus(directory, to: &detail)
        detail.descriptors = descriptors(
            directory, slots: slots, isWanted: selection == .target || selection == .cgroup)
        detail.threads.reserveCapacity(min(tids.count, reader.options.threadsPerProcess))
        for tid in tids.prefix(reader.options.threadsPerProcess) {
            if let thread = thread(tid, "\(directory)/task/\(tid)") { detail.threads.append(thread) }
        }
        return detail
    }

    private mutating func thread(_ tid: Int32, _ directory: String) -> ThreadSample? {
        guard let stat = reader.value(at: "\(directory)/stat", { ProcessStat(parsing: $0, count: $0.count) }) else {
            return nil
        }
        let runDelay = reader.part(
            at: "\(directory)/schedstat", remedy: "use a kernel with CONFIG_SCHED_INFO"
        ) { RunDelay(parsing: $0) }
        return ThreadSample(
            tid: tid, name: stat.name, state: stat.state, userTicks: stat.userTicks, systemTicks: stat.systemTicks,
            minorFaults: stat.minorFaults, majorFaults: stat.majorFaults, startTicks: stat.startTicks,
            blockDelayTicks: stat.blockDelayTicks, processor: stat.processor, runDelay: runDelay,
            delays: delays(of: tid))
    }

    private func delays(of tid: Int32) -> TaskDelays? {
        guard readsDelays else { return nil }
        do throws(SystemCallError) {
            return try reader.delays(of: tid)
        } catch {
            // It has ended.
            return nil
        }
    }

    private func commandLine(_ directory: String) -> [String] {
        let bytes = reader.value(at: "\(directory)/cmdline", limit: CommandLineText.readLimit) { $0 } ?? []
        var arguments = CommandLineText.redacted(bytes).split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        while arguments.last?.isEmpty == true { arguments.removeLast() }
        return arguments
    }

    private func cgroup(_ directory: String) -> String? {
        reader.value(at: "\(directory)/cgroup") { bytes in
            let places = bytes.lines.compactMap { line -> (controllers: String, path: String)? in
                let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
                return parts.count == 3 ? (parts[1].text, parts[2].text) : nil
            }
            let order = [
                places.first { $0.controllers.isEmpty },
                places.first { $0.controllers.split(separator: ",").contains("cpu") },
                places.first { $0.controllers.split(separator: ",").contains("memory") },
            ].compactMap { $0 }
            return (order.first { $0.path != "/" } ?? order.first)?.path
        }
    }

    private mutating func io(_ directory: String) -> Availability<ProcessIO> {
        do throws(SystemCallError) {
            let path = "\(directory)/io"
            guard let io = ProcessIO(parsing: try reader.bytes(at: path)) else {
                return .unavailable(reason: "\(path) does not have the form that the kernel documents", remedy: nil)
            }
            return .available(io)
        } catch {
            if error.isDenied { denied["io", default: 0] += 1 }
            return refused(error)
        }
    }

    private func refused<Part>(_ error: SystemCallError) -> Availability<Part> {
        .unavailable(
            reason: error.summary,
            remedy: error.isDenied ? rights.traceRemedy(others: "run as root or as its user") : nil)
    }

    /// - Returns: slots of its table of descriptors, in use or not.
    private func addStatus(_ directory: String, to detail: inout ProcessDetail) -> UInt64? {
        guard let bytes = reader.value(at: "\(directory)/status", { $0 }) else { return nil }
        var slots: UInt64?
        for line in bytes.lines {
            let isMemory = line.hasPrefix("Vm") || line.hasPrefix("Rss")
            guard
                isMemory || line.hasPrefix("Uid") || line.hasPrefix("vol") || line.hasPrefix("nonvol")
                    || line.hasPrefix("FDSize"),
                let colon = line.firstIndex(of: UInt8(ascii: ":"))
            else { continue }
            let fields = line[(colon + 1)...].fields
            if isMemory {
                guard fields.count == 2, let value = fields[0].unsigned, value < 1 << 50 else { continue }
                detail.memory[line[..<colon].text] = value * 1024
                continue
            }
            switch line[..<colon].text {
            case "Uid" where fields.count >= 2: detail.user = fields[1].unsigned.flatMap { UInt32(exactly: $0) }
            case "FDSize": slots = fields.first?.unsigned
            case "voluntary_ctxt_switches": detail.voluntarySwitches = fields.first?.unsigned
            case "nonvoluntary_ctxt_switches": detail.involuntarySwitches = fields.first?.unsigned
            default: continue
            }
        }
        return slots
    }

    private mutating func descriptors(
        _ directory: String, slots: UInt64?, isWanted: Bool
    ) -> Availability<DescriptorCounts> {
        let most = isWanted ? Self.mostListed : Self.mostListedOfOthers
        if let slots, slots > most {
            return .unavailable(
                reason: "its table of descriptors has \(slots) slots: too many to look at",
                remedy: isWanted ? nil : "name it as the target: -p PID")
        }
        let numbers: [String]
        do throws(SystemCallError) {
            numbers = try reader.listing(of: "\(directory)/fd")
        } catch {
            if error.isDenied { denied["fd", default: 0] += 1 }
            return refused(error)
        }
        var counts = DescriptorCounts(
            total: numbers.count, files: 0, sockets: 0, pipes: 0, devices: 0, anonymous: 0,
            isTruncated: !isWanted || numbers.count > Self.mostKinds)
        for number in numbers.prefix(isWanted ? Self.mostKinds : 0) {
            do throws(SystemCallError) {
                let target = try reader.linkTarget(of: "\(directory)/fd/\(number)")
                if target.hasPrefix("socket:") {
                    counts.sockets += 1
                } else if target.hasPrefix("pipe:") {
                    counts.pipes += 1
                } else if target.hasPrefix("anon_inode:") {
                    counts.anonymous += 1
                } else if target.hasPrefix("/dev/") {
                    counts.devices += 1
                } else {
                    counts.files += 1
                }
            } catch {
                // Closed meanwhile.
                continue
            }
        }
        counts.limit = reader.value(at: "\(directory)/limits") { bytes in
            bytes.lines.first { $0.hasPrefix("Max open files") }
                .flatMap { $0.dropFirst("Max open files".utf8.count).fields.first?.unsigned }
        }
        return .available(counts)
    }
}

extension ProcessIO {
    /// Reads `/proc/PID/io`; nil without one of its fields.
    init?(parsing bytes: [UInt8]) {
        var values: [String: UInt64] = [:]
        for line in bytes.lines {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            values[line[..<colon].text] = line[(colon + 1)...].trimmed.unsigned
        }
        guard let readCharacters = values["rchar"], let writtenCharacters = values["wchar"],
            let readCalls = values["syscr"], let writeCalls = values["syscw"], let readBytes = values["read_bytes"],
            let writtenBytes = values["write_bytes"]
        else { return nil }
        self.init(
            readCharacters: readCharacters, writtenCharacters: writtenCharacters, readCalls: readCalls,
            writeCalls: writeCalls, readBytes: readBytes, writtenBytes: writtenBytes,
            cancelledBytes: values["cancelled_write_bytes"] ?? 0)
    }
}

extension RunDelay {
    /// Reads `/proc/PID/schedstat`.
    init?(parsing bytes: [UInt8]) {
        let values = bytes[...].trimmed.fields.map(\.unsigned)
        guard values.count == 3, let run = values[0], let wait = values[1], let slices = values[2] else { return nil }
        self.init(run: run, wait: wait, timeslices: slices)
    }
}
