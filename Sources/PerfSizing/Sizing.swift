import PerfModel

/// Sizes for what is known of a service: rows of the guides, formulas, and what measurements ask for.
package struct Sizing: Sendable {
    package let inputs: SizingInputs
    /// Nil where nothing depends on CPUs.
    package let cpus: EffectiveCPUs?
    package let measurements: [Measurement]
    /// In the order of ``SizedResource``; of one resource, the preferred ones first.
    package internal(set) var recommendations: [SizingRecommendation] = []
    package internal(set) var contradictions: [SizingContradiction] = []
    package internal(set) var remedies: [SizingRemedy] = []
    package internal(set) var warnings: [Warning] = []

    /// Whether sizes depend on the CPUs, so that they have to be known.
    package static func needsCPUs(_ inputs: SizingInputs, hasMeasurements: Bool) -> Bool {
        hasMeasurements || inputs.hasAny(of: .users, .requestsPerSecond, .jobsPerSecond, .cores)
    }

    /// Computes all.
    ///
    /// - Parameters:
    ///   - inputs: what the user said.
    ///   - cpus: CPUs that workers may use; nil where they are not known or do not matter.
    ///   - measurements: what results say.
    package init(inputs: SizingInputs, cpus: EffectiveCPUs?, measurements: [Measurement] = []) {
        self.inputs = inputs
        self.cpus = cpus
        self.measurements = measurements
        addTables()
        addWorkersByCores()
        addMeasured()
        addSettings()
        addConnections()
        prefer()
        contradictions = Contradictions.all(in: self)
        let order = SizedResource.allCases
        recommendations = order.flatMap { resource in
            let own = recommendations.filter { $0.resource == resource }
            return own.filter(\.isPreferred) + own.filter { !$0.isPreferred }
        }
        let sized = Set(recommendations.map(\.resource))
        remedies += GuideRemedies.all.filter { sized.contains($0.resource) }
    }

    // MARK: Tables

    private mutating func addTables() {
        for table in GuideTable.all {
            guard let selection = table.selection(for: inputs) else { continue }
            let row = table.rows[selection.row]
            var recommendation = SizingRecommendation(
                id: table.id, resource: table.resource, source: table.source, title: table.title,
                selectors: selection.selectors, row: table.text(ofRow: selection.row), sizes: row.sizes,
                corrections: table.corrections, notes: table.notes)
            if table.resource == .workload, let correction = GuideTable.littlesLaw(of: row) {
                recommendation.corrections.append(correction)
            }
            if selection.isContested {
                let each = selection.selectors.map { "\($0.input.text($0.value)) select '\($0.row)'" }
                recommendation.notes.insert("\(each.joined(separator: ", ")): the larger row is taken", at: 0)
            }
            for (input, isSmaller) in selection.onEdge {
                guard let value = inputs[input] else { continue }
                recommendation.notes.append(
                    "the guide has \(input.text(value)) in two rows, of which the \(isSmaller ? "smaller" : "larger") "
                        + "counts here")
            }
            recommendations.append(recommendation)
            if let remedy = row.remedy { remedies.append(remedy) }
            warnAboutEnd(of: table, selection: selection, sizes: row.sizes)
            warnAboutCPUs(of: table, sizes: row.sizes)
        }
    }

    /// The formula, and what the tables have on as many vCPU; for cores alone the rows are recommendations as well.
    private mutating func addWorkersByCores() {
        guard let cpus, needsWorkers else { return }
        recommendations.append(
            SizingRecommendation(
                id: "worker_formula", resource: .workers, source: .guideA, title: "workers by CPUs",
                selectors: inputs[.cores].map { [.init(input: .cores, value: $0, row: "any", isBeyond: false)] } ?? [],
                row: "(CPU cores * 2) + 1",
                sizes: [.count("workers", Double(WorkerArithmetic.byFormula(cpus: cpus.count)), "workers")],
                notes: [
                    "the formula knows the CPUs and neither how many jobs there are nor how long one takes",
                    "the guide's check of it, add below 80% CPU for each worker and reduce above 95%, holds for workers "
                        + "that only compute: one that waits for a database is below 80% for ever, and on full CPUs all are",
                ],
                reasoning:
                    "\(WorkerArithmetic.formulaText(cpus: cpus.count)) workers for \(cpus.text)"))
        guard isAboutCPUsAlone else { return }
        for table in [GuideTable.workers, .applicationServer] {
            guard let row = table.largestRow(onCPUs: cpus.count) else {
                warnings.append(
                    Warning(
                        code: "below_guide",
                        message: "\(cpus.text): the guide's table for \(table.title) begins with 2 vCPU",
                        remedy: "measure how long one job takes: perfdoctor size RESULT"))
                continue
            }
            recommendations.append(
                SizingRecommendation(
                    id: table.id, resource: table.resource, source: table.source, title: table.title,
                    selectors: [
                        .init(
                            input: .cores, value: cpus.count, row: table.rows[row].vcpusText, isBeyond: false)
                    ],
                    row: table.text(ofRow: row), sizes: table.rows[row].sizes, corrections: table.corrections,
                    notes: ["the largest row whose vCPU are there: what the guide runs on them, not what a load needs"])
            )
        }
    }

    /// Whether the CPUs are all that is known.
    package var isAboutCPUsAlone: Bool {
        measurements.isEmpty && inputs[.cores] != nil && inputs.given.count == 1
    }

    /// Whether workers are asked for at all.
    private var needsWorkers: Bool { Self.needsCPUs(inputs, hasMeasurements: !measurements.isEmpty) }

    // MARK: Measured

    private mutating func addMeasured() {
        for measurement in measurements {
            let measured = MeasuredSizes(measurement, inputs: inputs, cpus: cpus)
            recommendations += measured.recommendations
            warnings += measured.warnings
        }
        let wanted = recommendations.filter { $0.source == .measured && $0.resource == .workers }
            .compactMap { $0.number("workers") }
        if wanted.count > 1 {
            warnings.append(
                Warning(
                    code: "several_measurements",
                    message:
                        "\(wanted.count) measurements ask for workers: where the same workers do all of it, they need "
                        + "the sum, \(Figure.text(wanted.reduce(0, +)))",
                    remedy: "measure the work of one kind of worker at a time"))
        }
    }

    /// Measurements first, then what knows the load, then what knows the CPUs.
    private mutating func prefer() {
        for resource in [SizedResource.workers, .applicationServer] {
            let own = recommendations.indices.filter { recommendations[$0].resource == resource }
            let isMeasured = own.contains { recommendations[$0].source == .measured }
            let hasMeasuredSize = own.contains { recommendations[$0].id == "measured_workers" }
            let hasLoad = own.contains { recommendations[$0].isByLoad }
            for index in own where recommendations[index].source != .measured {
                recommendations[index].isPreferred =
                    recommendations[index].isByLoad ? !hasMeasuredSize : !isMeasured && !hasLoad
            }
        }
        let hasOwnPool = recommendations.contains {
            $0.resource == .connectionPool && $0.source != .guideA && $0.source != .guideB
        }
        for index in recommendations.indices where recommendations[index].id == "pool_settings_a" || hasOwnPool {
            guard recommendations[index].resource == .connectionPool else { continue }
            recommendations[index].isPreferred = [.measured, .derived].contains(recommendations[index].source)
        }
    }

}

extension SizingRecommendation {
    /// A row of a table of workers that a load selects, and not the CPUs.
    var isByLoad: Bool {
        ["rq_worker_table", "application_server_table"].contains(id) && selectors.allSatisfy { $0.input != .cores }
    }
}

extension GuideTable {
    /// The largest row whose vCPU are there; nil where even the smallest has more.
    func largestRow(onCPUs cpus: Double) -> Int? {
        rows.lastIndex { row in (row.sizes.first { $0.name == "vcpus" }?.number).map { $0 <= cpus } ?? false }
    }
}

extension GuideTable.Row {
    /// `"4 vCPU"`.
    var vcpusText: String { sizes.first { $0.name == "vcpus" }?.text ?? "" }
}
