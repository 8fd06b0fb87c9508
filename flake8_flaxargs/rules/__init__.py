"""One file a rule, named by the pattern that it flags. ``RULES`` is all there are, in the order of their codes.

A rule says which facts make a candidate, and confirms it on the concrete tree of that one statement. May import
everything below ``linter``; nothing below imports rules, since that loads libcst.

Rejected rules, and why:

- *merge-in-setup* (``merge_param`` in ``setup``, which cannot see the call's value): legal and used to demand the
  attribute (row A19 of the measurements).
- *both-unread* as JFX101: an attribute and a parameter of one name that nobody reads at all. Merging them changes
  nothing; most stand there for a uniform signature.

Rejected fixes, and why:

- JFX101 by dropping the dead side: callers that give it would fail.
- JFX103 for an operand that is an expression, or a required side whose annotation excludes None: what its author meant
  cannot be told.
"""

from .apply_may_lack_rng import ApplyMayLackRng
from .apply_without_collection import ApplyWithoutCollection
from .apply_without_mutable import ApplyWithoutMutable
from .apply_without_rng import ApplyWithoutRng
from .argument_given_nowhere import ArgumentGivenNowhere
from .argument_given_twice import ArgumentGivenTwice
from .attribute_not_merged import AttributeNotMerged
from .base import Rule
from .call_overrides_default import CallOverridesDefault
from .dead_setting import DeadSetting
from .dropout_key_at_init import DropoutKeyAtInit
from .file_not_checked import FileNotChecked
from .hand_rolled_merge import HandRolledMerge
from .hyperparameter_as_argument import HyperparameterAsArgument
from .lifted_call_drops_keyword import LiftedCallDropsKeyword
from .merge_bypassed import MergeBypassed
from .merge_defeated import MergeDefeated
from .merge_mismatched import MergeMismatched
from .mode_as_attribute import ModeAsAttribute
from .mode_hard_wired import ModeHardWired
from .mode_inverted import ModeInverted
from .mode_not_forwarded import ModeNotForwarded
from .mode_traced import ModeTraced
from .mode_with_default import ModeWithDefault
from .mutable_result_not_unpacked import MutableResultNotUnpacked
from .mutable_true import MutableTrue
from .name_with_two_meanings import NameWithTwoMeanings
from .positional_deterministic import PositionalDeterministic
from .rng_stream_misspelt import RngStreamMisspelt
from .split_rngs_drops_stream import SplitRngsDropsStream
from .updates_discarded import UpdatesDiscarded

RULES: tuple[type[Rule], ...] = (
    FileNotChecked,
    AttributeNotMerged,
    HandRolledMerge,
    MergeDefeated,
    MergeMismatched,
    MergeBypassed,
    ArgumentGivenTwice,
    ArgumentGivenNowhere,
    ModeHardWired,
    ModeNotForwarded,
    ModeInverted,
    PositionalDeterministic,
    DeadSetting,
    ModeTraced,
    LiftedCallDropsKeyword,
    ApplyWithoutRng,
    ApplyMayLackRng,
    SplitRngsDropsStream,
    RngStreamMisspelt,
    ApplyWithoutMutable,
    ApplyWithoutCollection,
    MutableResultNotUnpacked,
    UpdatesDiscarded,
    CallOverridesDefault,
    ModeWithDefault,
    ModeAsAttribute,
    HyperparameterAsArgument,
    DropoutKeyAtInit,
    NameWithTwoMeanings,
    MutableTrue,
)
