import PerfModel

/// The sentences of a verdict.
struct VerdictWords {
    let evidence: DiagnosisEvidence

    init(_ evidence: DiagnosisEvidence) {
        self.evidence = evidence
    }

    func culprit(of one: Case) -> Culprit? {
        guard let suspect = suspect(of: one) else { return nil }
        return Culprit(
            pid: suspect.pid, process: suspect.process, tid: suspect.tid, thread: suspect.thread, share: suspect.share)
    }

    func summary(of one: Case) -> String {
        let who = suspect(of: one)
        let name = who.map { "\($0.process.printable) (pid \($0.pid))" }
        let what = name.map { ": \($0)\(who.map { $0.detail.isEmpty ? "" : " \($0.detail)" } ?? "")" } ?? ""
        if case .process(let pid, let target) = evidence.scope, let who, who.pid != pid, one.resource == .cpu,
            let budget = evidence.budget, budget.runnable > budget.onCPU
        {
            // It is not what it does itself that it suffers from.
            let percent = Quantity.fixed(Case.activeShare(of: .cpu, in: budget) * 100, digits: 0)
            return
                "\(kind(of: one)): \(target.printable) (pid \(pid)) is ready and has no CPU for \(percent)% of its active "
                + "time, because others use them; \(name ?? "they") \(who.detail)"
        }
        if let peer = evidence.peers.first(where: { $0.resource == one.resource }), one.resource != .network {
            return kind(of: one) + ": " + served(one, by: peer, who: name)
        }
        // A series of waits for a peer is the same time again.
        let isPeer = one.findings.contains { $0.id == "net.peer" }
        let facts = one.findings.filter { !isPeer || $0.id != "app.serial" }.prefix(2).map(\.summary)
            .joined(separator: "; ")
        return kind(of: one) + what + (facts.isEmpty ? budgetFact(one.resource) : "; \(facts)")
    }

    /// Who waits for a database or a cache, for which one, and what is known of it.
    private func served(_ one: Case, by peer: PeerEvidence, who: String?) -> String {
        let percent = Quantity.fixed(peer.share * 100, digits: 0)
        let time = who.map { "\(percent)% of the active time of \($0)" } ?? "\(percent)% of the active time"
        var text = "\(time) waits for \(peer.address.printable)"
        let facts = one.findings.filter { $0.family == .probe }.prefix(2).map(\.summary)
        if let answers = peer.answers, let median = answers.median {
            text += "; it answers \(answers.method) in \(Quantity.text(Int64(clamping: median), unit: "nanoseconds"))"
            text +=
                facts.isEmpty
                ? ", and nothing waits in it: what is asked takes the time, or how often"
                : ", but " + facts.joined(separator: "; ")
        } else if !facts.isEmpty {
            text += "; " + facts.joined(separator: "; ")
        }
        if let series = one.findings.first(where: { $0.id == "app.serial" }) { text += "; \(series.summary)" }
        return text
    }

    func mixed(_ first: Case, _ second: Case) -> String {
        func part(_ one: Case) -> String {
            let facts = one.findings.first?.summary ?? ""
            return "\(kind(of: one))\(facts.isEmpty ? budgetFact(one.resource) : " (\(facts))")"
        }
        return "Mixed: \(part(first)), and \(lowercased(part(second))); neither is much more than the other"
    }

    func none(_ cases: [Case]) -> String {
        let busy = evidence.cpuBusy
        let lone = evidence.findings.filter { $0.severity >= .warning }.max { $0.severity < $1.severity }
        let watch = lone.map { "; but watch this: \($0.summary)" } ?? ""
        if let blind = evidence.unmeasured.first(where: { $0.id == "cpu.util" }), busy == nil {
            return "No bottleneck was seen, but not much could be seen: \(blind.reason)\(watch)"
        }
        if case .process(let pid, let name) = evidence.scope, evidence.showsTimeOfProcess,
            let budget = evidence.budget
        {
            return none(of: "\(name.printable) (pid \(pid))", budget) + watch
        }
        guard let busy else { return "No bottleneck was seen\(watch)" }
        let percent = Quantity.fixed(busy * 100, digits: 0)
        if busy < 0.15, (evidence.budget.map { $0.active * $0.threads } ?? 0) < 1 {
            return
                "Idle: \(percent)% of the CPU time is used and nothing waits for anything; if it is slow, look at the "
                + "load that reaches it, or at the client\(watch)"
        }
        return
            "No bottleneck: \(percent)% of the CPU time is used, and nothing waits long for CPU, memory or disk\(watch)"
    }

    /// The same of a process whose time was seen.
    private func none(of name: String, _ budget: TimeBudget) -> String {
        func percent(_ share: Double) -> String { Quantity.fixed(share * 100, digits: 0) + "%" }
        let idle = "if it is slow, look at the load that reaches it, or at the client"
        if budget.isNoise { return "Idle: \(name) has next to nothing to do; \(idle)" }
        let peers = budget.activeShare(of: .network)
        if peers >= 0.5 {
            let asked = evidence.findings.first { $0.id == "net.peer" }
            let seen = evidence.healthy.first { $0.id == "net.peer" }?.evidence
            if asked == nil, seen?.contains(where: { $0.name == "accepted_ratio" && $0.value >= 0.8 }) == true {
                return "Idle: \(name) waits for what its clients ask next for \(percent(peers)) of the time; \(idle)"
            }
            return "No bottleneck on this host: \(name) waits for its peers for \(percent(peers)) of its active time; "
                + (asked?.summary ?? "whether they are slow or have nothing to say is to be seen there")
        }
        return "No bottleneck: \(name) runs for \(percent(budget.active > 0 ? budget.onCPU / budget.active : 0)) of "
            + "the time in which it has something to do, and waits little for CPU, memory or disk"
    }

    /// What to do to show that the verdict is wrong.
    func refutation(of one: Case) -> String {
        let who = suspect(of: one).map { "\($0.process.printable) (pid \($0.pid))" } ?? "the culprit"
        func has(_ id: String) -> Bool { one.findings.contains { $0.id == id } }
        switch one.resource {
        case .cpu where has("cpu.throttle"):
            return "double the quota for a minute: if throttled periods do not fall and it is no faster, this is wrong"
        case .cpu where has("cpu.steal"):
            return "run the same load on another machine: if it is as slow there, this is wrong"
        case .cpu where has("cpu.core"):
            return "halve the work of the busy thread: if throughput does not rise, this is wrong"
        case .cpu:
            return "stop \(who) for a moment (kill -STOP, then -CONT): if waiting for CPUs goes on, this is wrong"
        case .memory:
            return
                "raise the memory (or its limit) by a quarter, or stop \(who) for a moment: if stalls and refaults go "
                + "on, this is wrong"
        case .disk:
            return "stop \(who) for a moment, or move its files to memory (tmpfs): if it is no faster, this is wrong"
        case .network where has("net.peer"):
            let peer = one.findings.first { $0.id == "net.peer" }?.subject.printable ?? "the peer"
            return "look at \(peer): if it takes much less time for an answer than is waited for it here, this is wrong"
        case .network: return "run client and server on one host: if it is as slow, this is wrong"
        case .database: return "answer from a stub instead of the database: if it is as slow, this is wrong"
        case .cache: return "answer from the process's own memory instead of the cache: if it is as slow, this is wrong"
        case .lock: return "run with one thread: if each operation takes as long, this is wrong"
        }
    }

    func counterfactual(of one: Case) -> String {
        guard one.share > 0 else { return "" }
        let percent = Quantity.fixed(one.share * 100, digits: 0)
        func has(_ id: String) -> Bool { one.findings.contains { $0.id == id } }
        let what =
            switch one.resource {
            case .cpu where has("cpu.core") && !has("cpu.sat"): "the computing of that thread"
            case .cpu where has("cpu.throttle"): "the stops by the quota"
            case .cpu: "waiting for CPUs"
            case .memory: "the memory stalls"
            case .disk: "the disk waits"
            case .network: "the network waits"
            case .database: "the waits for the database"
            case .cache: "the waits for the cache"
            case .lock: "the waits for locks"
            }
        return "removing \(what) gains at most \(percent)% of the time in which there was something to do"
    }

    // MARK: parts

    private func suspect(of one: Case) -> Suspect? { one.suspect(in: evidence) }

    private func kind(of one: Case) -> String {
        func has(_ ids: String...) -> Bool { one.findings.contains { ids.contains($0.id) } }
        switch one.resource {
        case .cpu:
            if has("cpu.throttle") { return "CPU-bound by a quota" }
            if has("cpu.steal") { return "CPU-bound by other machines" }
            if has("cpu.core"), !has("cpu.sat") { return "CPU-bound in one thread" }
            return "CPU-bound"
        case .memory:
            if has("mem.oom") { return "Memory-bound: killed for want of memory" }
            if has("mem.swap", "mem.fault") { return "Memory-bound: thrashing" }
            return "Memory-bound"
        case .disk:
            if has("disk.space") { return "Disk: full" }
            if has("disk.throttled") { return "I/O-bound by a throttle" }
            return "I/O-bound"
        case .network:
            if has("net.listen") { return "Network: connections are refused" }
            if has("net.peer"), !has("net.retrans", "net.timeout") { return "Network-bound by a peer" }
            return "Network-bound"
        case .database: return "Database-bound"
        case .cache: return "Cache-bound"
        case .lock: return "Lock-bound"
        }
    }

    private func budgetFact(_ resource: Resource) -> String {
        guard let budget = evidence.budget else { return "" }
        let part = Quantity.fixed(Case.activeShare(of: resource, in: budget) * 100, digits: 0)
        return "; \(part)% of the active time of threads goes there"
    }

    private func lowercased(_ text: String) -> String {
        // "CPU-bound" and "I/O-bound" stay.
        guard text.dropFirst().first?.isLowercase == true else { return text }
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
