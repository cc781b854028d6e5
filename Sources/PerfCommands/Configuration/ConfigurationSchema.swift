import PerfHost
import PerfModel
import PerfProbes

/// The JSON Schema of `perfdoctor.json`, for editors; `docs/perfdoctor.schema.json` is this text.
enum ConfigurationSchema {
    static var text: String {
        let known = Checks.all as [any ExplainedCheck.Type] + ServerChecks.all
        let checks = known.sorted { $0.id < $1.id }.map { check -> String in
            let threshold = check.threshold
            var settings = [
                setting("warning", "a warning from here on; \(threshold.unit), \(threshold.warning) by default")
            ]
            settings.append(
                setting(
                    "critical",
                    "critical from here on; \(threshold.unit)" + (threshold.critical.map { ", \($0) by default" } ?? "")
                ))
            for (name, value) in threshold.conditions.sorted(by: { $0.key < $1.key }) {
                settings.append(setting(name, "must hold as well; \(value) by default"))
            }
            return """
                        "\(check.id)": {
                          "type": "object",
                          "description": \(quoted(check.explanation)),
                          "additionalProperties": false,
                          "properties": {
                \(settings.joined(separator: ",\n"))
                          }
                        }
                """
        }
        return """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "title": "perfdoctor.json",
              "description": "Settings of perfdoctor; flags win over them.",
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "$schema": { "type": "string" },
                "build": {
                  "type": "string",
                  "description": "How perfdoctor gate builds a revision; swift build -c release for a package by default."
                },
                "targets": {
                  "type": "array",
                  "items": { "type": "string" },
                  "description": "URLs that perfdoctor probe asks where none is given; ${NAME} is a variable of the environment."
                },
                "suppressions": {
                  "type": "array",
                  "description": "Leaks that perfdoctor heap leaves out, with all that leaks because of them.",
                  "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "anyOf": [{ "required": ["type"] }, { "required": ["site"] }],
                    "properties": {
                      "type": {
                        "type": "string",
                        "description": "A regular expression found in the type of what leaks, or of one object of its cycle."
                      },
                      "site": {
                        "type": "string",
                        "description": "A regular expression found in a function of the stack that allocated it."
                      },
                      "reason": { "type": "string", "description": "Why it is no concern." }
                    }
                  }
                },
                "thresholds": {
                  "type": "object",
                  "description": "From where on checks of perfdoctor diagnose and probe find something.",
                  "additionalProperties": false,
                  "properties": {
            \(checks.joined(separator: ",\n"))
                  }
                },
                "suites": {
                  "type": "object",
                  "description": "Benchmarks of perfdoctor bench, by name.",
                  "additionalProperties": {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {
            \(suiteKeys)
                    }
                  }
                }
              }
            }

            """
    }

    private static var suiteKeys: String {
        SuiteConfiguration.keys.map { key in
            let types = key.type.split(separator: " ").filter { $0 != "or" }.map { quoted(String($0)) }
            let type = types.count == 1 ? types[0] : "[\(types.joined(separator: ", "))]"
            return "            \(quoted(key.name)): { \"type\": \(type), \"description\": \(quoted(key.meaning)) }"
        }.joined(separator: ",\n")
    }

    private static func setting(_ name: String, _ description: String) -> String {
        "                \(quoted(name)): { \"type\": \"number\", \"minimum\": 0, \"description\": \(quoted(description)) }"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
