"""JSON: everything that a verification came to, for programs."""

from __future__ import annotations

import math

from ..shim.records import Cell, CellResult, Device, Given, Mask, ModuleReport, Outcome, Report
from .texts import dump
from .verify_words import by_module_verdict

# Goes up when a key changes its meaning or goes away; new keys may come without.
VERSION = 1


def render(report: Report) -> str:
    """One object. Every key is always there, in this order::

        {
          "version": 1,
          "summary": {"changed": 0, "not proved": 0, "contract": 1, "proved": 2},     // Modules by verdict
          "device": {"platform": "cpu" | "gpu" | "tpu", "kind": "...", "count": 1,
                     "precision": "highest", "deterministic": true} | null,           // null: nothing ran
          "versions": {"jax": "..."},
          "seconds": 1.5,
          "modules": [
            {
              "name": "package.module:Class",
              "verdict": "changed" | "not proved" | "contract" | "proved",
              "path": "...", "line": 12,                                              // 1-based
              "method": "__call__",
              "attributes": {"features": "8"}, "call": {"x": "float32[2,8]"},         // as text
              "origin": "...",
              "problem": "..." | null, "traceback": "...", "notes": ["..."],
              "traced": 4, "compiled": 2, "seconds": 0.5,
              "histogram": [3, 0, ...],       // leaves by largest error: 0, up to 1, 2, 4, ... 1024 ulps, more
              "against_cpu": {"error": 1e-7, "allowed": 1e-5} | null,                 // relative
              "cells": [
                {
                  "cell": {
                    "given": [{"name": "...", "way": "attribute" | "call" | "both" | "neither",
                               "attribute": "True" | null, "call": "False" | null}],
                    "flags": {"train": true},
                    "phase": "init" | "apply",
                    "streams": ["dropout"],   // in an init besides "params"
                    "gradient": false
                  },
                  "verdict": "identical" | "equal" | "contract" | "mended" | "changed",
                  "how": "jaxpr" | "values" | "exception",
                  "original": {"shapes": ["float32[2,8]"], "error": "ValueError" | null, "message": "..."},
                  "fixed": ...,
                  "ulps": 0.0 | null, "relative": 0.0 | null,
                  "why": "..."
                }
              ],
              "masks": [{"cell": "...", "original": [[0, 1]], "fixed": [[0, 1]]}]     // 1: dropped
            }
          ],
          "diffs": [{"path": "...", "lines": ["--- ...", ...]}]
        }

    A number that JSON lacks stands as ``"inf"``, ``"-inf"`` or ``"nan"``. Modules, cells and diffs keep the report's
    order. A lone surrogate in a text is written out: ``\\\\udcff``.
    """
    return dump(_report(report), indent=2) + "\n"


def _report(report: Report) -> dict[str, object]:
    return {
        "version": VERSION,
        "summary": by_module_verdict(report.modules),
        "device": report.device and _device(report.device),
        "versions": dict(report.versions),
        "seconds": _number(report.seconds),
        "modules": list(map(_module, report.modules)),
        "diffs": [{"path": path, "lines": list(lines)} for path, lines in report.diffs],
    }


def _device(device: Device) -> dict[str, object]:
    return {
        "platform": device.platform,
        "kind": device.kind,
        "count": device.count,
        "precision": device.precision,
        "deterministic": device.deterministic,
    }


def _module(module: ModuleReport) -> dict[str, object]:
    return {
        "name": module.name,
        "verdict": module.verdict,
        "path": module.path,
        "line": module.line,
        "method": module.method,
        "attributes": dict(module.attributes),
        "call": dict(module.call),
        "origin": module.origin,
        "problem": module.problem,
        "traceback": module.traceback,
        "notes": list(module.notes),
        "traced": module.traced,
        "compiled": module.compiled,
        "seconds": _number(module.seconds),
        "histogram": list(module.histogram),
        "against_cpu": _against_cpu(module.against_cpu),
        "cells": list(map(_result, module.cells)),
        "masks": list(map(_mask, module.masks)),
    }


def _against_cpu(compared: tuple[float, float] | None) -> dict[str, object] | None:
    if compared is None:
        return None
    error, allowed = compared
    return {"error": _number(error), "allowed": _number(allowed)}


def _result(result: CellResult) -> dict[str, object]:
    return {
        "cell": _cell(result.cell),
        "verdict": result.verdict.value,
        "how": result.how,
        "original": _outcome(result.original),
        "fixed": _outcome(result.fixed),
        "ulps": _number(result.ulps),
        "relative": _number(result.relative),
        "why": result.why,
    }


def _cell(cell: Cell) -> dict[str, object]:
    return {
        "given": list(map(_given, cell.given)),
        "flags": dict(cell.flags),
        "phase": cell.phase,
        "streams": list(cell.streams),
        "gradient": cell.gradient,
    }


def _given(given: Given) -> dict[str, object]:
    return {"name": given.name, "way": given.way, "attribute": given.attribute, "call": given.call}


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {"shapes": list(outcome.shapes), "error": outcome.error, "message": outcome.message}


def _mask(mask: Mask) -> dict[str, object]:
    return {"cell": mask.cell, "original": list(map(list, mask.original)), "fixed": list(map(list, mask.fixed))}


def _number(value: float | None) -> float | str | None:
    """JSON has no infinity and no NaN; what Python would write for them, strict parsers refuse."""
    return value if value is None or math.isfinite(value) else str(float(value))
