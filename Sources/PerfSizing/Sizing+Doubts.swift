import PerfModel

extension Sizing {
    /// The guides end somewhere.
    mutating func warnAboutEnd(
        of table: GuideTable, selection: GuideTable.Selection, sizes: [SizedQuantity]
    ) {
        let last = sizes.first.map(\.text) ?? ""
        let beyond = selection.selectors.filter(\.isBeyond).map { $0.input.text($0.value) }
        if !beyond.isEmpty {
            warnings.append(
                Warning(
                    code: "beyond_guide",
                    message:
                        "\(beyond.joined(separator: " and ")): the guide's table for \(table.title) ends before, with "
                        + "\(last); that is the least, not the size",
                    remedy: "measure at this load: perfdoctor size RESULT, or split the service"))
        } else if sizes.contains(where: \.isMinimum) {
            warnings.append(
                Warning(
                    code: "open_row",
                    message: "the guide's last row for \(table.title) has no end: \(last) is where it begins",
                    remedy: "measure at this load: perfdoctor size RESULT"))
        }
    }

    /// Rows of workers have CPUs that may not be there.
    mutating func warnAboutCPUs(of table: GuideTable, sizes: [SizedQuantity]) {
        func number(_ name: String) -> Double? { sizes.first { $0.name == name }?.number }
        guard [.workers, .applicationServer].contains(table.resource), let cpus, let wanted = number("vcpus"),
            let workers = number("workers"), cpus.count < wanted
        else { return }
        warnings.append(
            Warning(
                code: "fewer_cpus",
                message:
                    "the guide's row for \(table.title) has \(Figure.text(wanted)) vCPU, and there are \(cpus.text): "
                    + "\(Figure.text(workers)) workers fit only where each computes for at most "
                    + "\(Figure.percent(cpus.count / workers)) of its time",
                remedy: cpus.origin == .option
                    ? "measure how much they compute: perfdoctor size RESULT"
                    : "give the CPUs of the machine that will run them: --cores N"))
    }
}
