"""Reading what the doctor has found."""

from intervene.ops.doctor.findings import Finding, Report

KEY, OLD = "a-key-that-all-nodes-of-these-tests-have", "the-key-that-all-of-them-had-until-yesterday"

Told = dict[str, Finding]


def told(report: Report) -> Told:
    found = {finding.check: finding for finding in report}
    assert len(found) == len(report), "each check says one thing"
    return found


def words(finding: Finding) -> str:
    return f"{finding.state.value}: {finding.found} | {finding.advice}"
