"""Made-up verifications for the tests of their reports: every verdict, problems, and texts that no page should bear."""

from __future__ import annotations

import itertools
import math
import random
from typing import Literal

from flake8_flaxargs.shim.records import (
    Cell,
    CellResult,
    Device,
    Given,
    Mask,
    ModuleReport,
    Outcome,
    Report,
    Verdict,
    Way,
)

from .findings import HOSTILE

GPU = Device("gpu", "NVIDIA H200", 2)
VERSIONS = (("python", "3.11.2"), ("jax", "0.6.2"), ("jaxlib", "0.6.2"), ("flax", "0.10.6"), ("numpy", "2.2.6"))
WAYS: tuple[tuple[Way, str | None, str | None], ...] = (
    ("attribute", "True", None),
    ("attribute", "False", None),
    ("call", None, "True"),
    ("call", None, "False"),
    ("both", "True", "False"),
    ("neither", None, None),
)
SHAPED = Outcome(("float32[2,16,8]",))
RAISED = Outcome(error="ValueError", message="'train' was set on the module and passed to __call__.")
KEYLESS = Outcome(error="InvalidRngError", message='Dropout_0 needs PRNG for "dropout"')
DIFF = (
    "--- models/net.py",
    "+++ models/net.py",
    "@@ -1,3 +1,4 @@",
    " import jax",
    "+import flax.linen as nn",
    " ",
    "@@ -12,4 +13,5 @@ class Encoder(nn.Module):",
    "     @nn.compact",
    "     def __call__(self, x, train: bool | None = None):",
    '+        train = nn.merge_param("train", self.train, train)',
    "-        x = nn.Dropout(0.5, deterministic=not train)(x)",
    "+        x = nn.Dropout(0.5)(x, deterministic=not train)",
    "@@ -80,2 +82,2 @@ class Decoder(nn.Module):",
    "-        old = 1  # <b>not bold</b>",
    "+        new = 1",
)


def report() -> Report:
    """A Module of each verdict, two with a problem, and one whose every text is hostile."""
    modules = (proved(), contract(), changed(), unshaped(), crashed(), hostile())
    return Report(modules, GPU, VERSIONS, (("models/net.py", DIFF), (HOSTILE_TEXT, HOSTILE)), 75.4)


def cells(only: Verdict | None = None) -> tuple[CellResult, ...]:
    """A whole matrix: what a fix of JFX101 comes to; with ``only``, that verdict everywhere."""
    streams = ((), ("dropout",))
    runs: tuple[tuple[Literal["init", "apply"], bool], ...] = (("init", False), ("apply", False), ("apply", True))
    return tuple(
        _result(Cell((Given("train", *way),), (("mask", mask),), phase, keys, gradient), only)
        for way, mask in itertools.product(WAYS, (False, True))
        for (phase, gradient), keys in itertools.product(runs, streams)
    )


def proved(name: str = "models.net:Encoder", line: int = 5) -> ModuleReport:
    """Every cell the same, by the bits of values and by jaxprs; masks equal."""
    mask = _mask(1)
    return ModuleReport(
        name, "models/net.py", line, cells=cells(Verdict.IDENTICAL),
        attributes=(("features", "8"), ("rate", "0.5")), call=(("x", "float32[2,16,8]"), ("train", "as the cell says")),
        origin="defaults of the class; shape of x from train.py:41", traced=38, compiled=6, seconds=2.31,
        masks=(Mask("train: call True · apply · rngs dropout", mask, mask),),
        histogram=(96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), against_cpu=(3.1e-7, 2e-5),
    )  # fmt: skip


def contract() -> ModuleReport:
    """Some runs now raise as merge_param says, some are mended, some equal within the tolerance."""
    return ModuleReport(
        "models.net:Decoder", "models/net.py", 60, cells=cells(), attributes=(("features", "8"),),
        call=(("x", "float32[2,16,8]"),), origin="models/net.py:104", traced=72, compiled=11, seconds=4.02,
        masks=(Mask("train: attribute True · apply · rngs dropout", _mask(2, 0), _mask(2)),),
        histogram=(61, 22, 9, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0), against_cpu=(4e-4, 2e-5),
        notes=("The original ignores the attribute; masks are compared with the call's.",),
    )  # fmt: skip


def changed() -> ModuleReport:
    """A fix that is refused: another tree, infinite errors, masks that differ."""
    results = tuple(
        CellResult(
            result.cell, Verdict.CHANGED, SHAPED, Outcome(("float32[2,16,9]",)), "values", math.inf, math.nan,
            "another tree: no longer ['params']['Dense_0']; new ['params']['out']",
        )
        if result.cell.gradient else result
        for result in cells(Verdict.EQUAL)
    )  # fmt: skip
    return ModuleReport(
        "models.attention:CrossAttention", "models/attention.py", 33, cells=results, traced=40,
        compiled=40, seconds=81.0,
        masks=(Mask("apply · rngs dropout", _mask(3), _mask(4)), Mask("apply · rngs noise", _mask(5), ())),
        histogram=(4, 0, 0, 2, 0, 0, 0, 1, 0, 0, 3, 0, 1204),
    )  # fmt: skip


def unshaped() -> ModuleReport:
    """No input could be made up."""
    return ModuleReport(
        "models.vit:Patches", "models/vit.py", 9,
        problem="no shape for parameter 'images' of Patches.__call__; write under\n"
        '[tool.flaxargs.verify."models.vit:Patches"]\ncall = ["float32[2,32,32,3]"]',
    )  # fmt: skip


def crashed() -> ModuleReport:
    """The user's code failed, twenty frames deep."""
    frames = "".join(f'  File "models/scan.py", line {line}, in step\n    return [step](x)\n' for line in range(20))
    traceback = f"Traceback (most recent call last):\n{frames}TypeError: dot_general requires equal dims\n"
    return ModuleReport("models.scan:Recurrent", "models/scan.py", 21, problem="TypeError in step", traceback=traceback)


HOSTILE_TEXT = "\n".join(
    [*HOSTILE, "<script>document.title = 'hacked'</script>", "</style></title><img src=x onerror=1>"]
)


def hostile(text: str = HOSTILE_TEXT) -> ModuleReport:
    """Every text is the same hostile one, and every verdict occurs."""
    given = Given(text, "both", text, text)
    outcome = Outcome((text,), text, text)
    return ModuleReport(
        text, text, 1, text, ((text, text),), ((text, text),), text,
        cells=tuple(
            CellResult(Cell((given,), ((text, True),), "apply", (text,)), verdict, outcome, SHAPED, "values", why=text)
            for verdict in Verdict
        ),
        masks=(Mask(text, _mask(6), _mask(7)),), traceback=text, notes=(text,), histogram=(1,),
    )  # fmt: skip


def many(modules: int) -> Report:
    """A large verification, of whole matrices."""
    made = [proved(f"package_{index // 10}.net:Net{index}", index) for index in range(modules)]
    return Report((*made[:-1], changed()), GPU, VERSIONS, (("models/net.py", DIFF),), 900.0)


def _result(cell: Cell, only: Verdict | None) -> CellResult:
    (given,) = cell.given
    active = "True" in (given.attribute, given.call)
    keyless = active and not cell.streams and cell.phase == "apply"
    match given.way:
        case _ if keyless:
            return CellResult(cell, Verdict.IDENTICAL, KEYLESS, KEYLESS, "exception")
        case _ if only is not None:
            return CellResult(cell, only, SHAPED, SHAPED, "values", 0.0, 0.0)
        case "both" | "neither":
            return CellResult(cell, Verdict.CONTRACT, SHAPED, RAISED, "exception")
        case "attribute" if given.attribute == "True":
            return CellResult(cell, Verdict.MENDED, SHAPED, SHAPED, "values", 0.0, 0.0)
        case _ if cell.gradient:
            return CellResult(cell, Verdict.EQUAL, SHAPED, SHAPED, "values", 3.0, 2.4e-7)
        case _:
            return CellResult(cell, Verdict.IDENTICAL, SHAPED, SHAPED, "jaxpr")


def _mask(seed: int, rate: float = 0.5) -> tuple[tuple[int, ...], ...]:
    drawn = random.Random(seed)
    return tuple(tuple(int(drawn.random() < rate) for _ in range(24)) for _ in range(16))
