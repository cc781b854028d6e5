extension Profile {
    /// This profile without what no sample refers to.
    ///
    /// After a filter, names that were filtered out would otherwise still stand in the file that is passed on.
    package func compacted() -> Profile {
        var result = self
        var usedLocations = [Bool](repeating: false, count: locations.count)
        var usedLabelSets = [Bool](repeating: false, count: labelSets.count)
        if !usedLabelSets.isEmpty { usedLabelSets[0] = true }
        for sample in samples {
            usedLabelSets[sample.labelSet] = true
            for location in sample.locations { usedLocations[location] = true }
        }
        var usedFunctions = [Bool](repeating: false, count: functions.count)
        var usedMappings = [Bool](repeating: false, count: mappings.count)
        // The first mapping is the main executable: it says what the profile is of.
        if !usedMappings.isEmpty { usedMappings[0] = true }
        for (location, _) in zip(locations, usedLocations).filter({ $1 }) {
            if let mapping = location.mapping { usedMappings[mapping] = true }
            for line in location.lines { usedFunctions[line.function] = true }
        }
        let newLocations = Self.renumbering(usedLocations)
        let newFunctions = Self.renumbering(usedFunctions)
        let newMappings = Self.renumbering(usedMappings)
        let newLabelSets = Self.renumbering(usedLabelSets)
        result.functions = Self.kept(functions, usedFunctions)
        result.mappings = Self.kept(mappings, usedMappings)
        result.labelSets = Self.kept(labelSets, usedLabelSets)
        result.locations = Self.kept(locations, usedLocations).map { location in
            var location = location
            location.mapping = location.mapping.map { newMappings[$0] }
            for index in location.lines.indices {
                location.lines[index].function = newFunctions[location.lines[index].function]
            }
            return location
        }
        for index in result.samples.indices {
            result.samples[index].locations = samples[index].locations.map { newLocations[$0] }
            result.samples[index].labelSet = newLabelSets[samples[index].labelSet]
        }
        return result
    }

    private static func renumbering(_ used: [Bool]) -> [Int] {
        var next = 0
        return used.map { isUsed in
            defer { if isUsed { next += 1 } }
            return next
        }
    }

    private static func kept<Element>(_ elements: [Element], _ used: [Bool]) -> [Element] {
        zip(elements, used).compactMap { $1 ? $0 : nil }
    }
}
