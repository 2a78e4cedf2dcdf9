"""Every check of every contract has a saboteur that fails it, and nothing else."""

import importlib.util
from pathlib import Path
from types import ModuleType

import attrs
import pytest

from tracksam.testing import (
    DetectorContract,
    EmbedderContract,
    FinderContract,
    MaskPropagatorContract,
    PointTrackerContract,
    SegmenterContract,
)


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


s = _load("saboteurs")


@attrs.frozen
class Sabotage:
    """One check, the back end that must fail it, and what else that cannot help but fail."""

    contract: type
    check: str
    saboteur: type
    also: frozenset[str] = attrs.field(converter=frozenset, default=frozenset())

    def __str__(self) -> str:
        return f"{self.contract.__name__}-{self.check}-{self.saboteur.__name__}"


def checks_of(contract: type) -> list[str]:
    return sorted(name for name in dir(contract) if name.startswith("test_"))


def failed_checks(contract: type, make: type) -> set[str]:
    """Run all checks of a contract and name those that fail."""
    tested = type("Tested", (contract,), {"make": lambda self: make()})
    failed = set()
    for name in checks_of(contract):
        try:
            getattr(tested(), name)()
        except AssertionError:
            failed.add(name)
    return failed


SEGMENTERS = [
    (
        "test_a_point_gives_the_object_under_it",
        s.SwapsRowsAndColumns,
        {
            "test_a_box_bounds",
            "test_a_moved_object_moves_its_mask",
            "test_an_expected_mask_is_a_hint",
            "test_an_object_at_the_border",
            "test_any_dtype",
            "test_any_number_of_channels",
            "test_masks_are_of_the_frame",
            "test_positive_points_lie_inside",
        },
    ),
    ("test_a_moved_object_moves_its_mask", s.SticksToTheGrid),
    ("test_a_transposed_image_gives_the_transposed_mask", s.TreatsTallFramesWorse),
    ("test_the_image_is_not_changed", s.WritesIntoTheImage),
    ("test_no_frame_is_remembered", s.RemembersTheLastFrame),
    (
        "test_the_same_call_gives_the_same_answer",
        s.GetsTired,
        {"test_the_frame_number_of_a_prompt_is_not_looked_at"},
    ),
    ("test_only_what_was_asked_for_is_given", s.AddsAnObject),
    ("test_three_proposals_an_object_at_most", s.ProposesFour),
    ("test_the_best_proposal_comes_first", s.ProposesWorstFirst),
    ("test_scores_are_probabilities", s.ScoresInPercent),
    ("test_masks_are_of_the_frame", s.AnswersInASquare),
    ("test_positive_points_lie_inside", s.TakesTheFirstPointOnly),
    ("test_negative_points_lie_outside", s.IgnoresNegativePoints),
    ("test_a_box_bounds", s.LeavesTheBox),
    ("test_any_dtype", s.KnowsOnlyBytes),
    ("test_any_number_of_channels", s.KnowsOnlyGrey),
    ("test_a_blank_image_gives_nothing_sure", s.SeesGhosts),
    ("test_an_object_at_the_border", s.IsBlindAtTheBorder),
    ("test_nothing_asked_nothing_given", s.AlwaysAnswers),
    ("test_many_objects_at_once_equal_one_by_one", s.MixesUpABatch),
    ("test_the_frame_number_of_a_prompt_is_not_looked_at", s.LooksAtFrameNumbers),
    ("test_an_expected_mask_is_a_hint", s.RepeatsWhatIsExpected),
]
DETECTORS = [
    (
        "test_every_object_is_found",
        s.MissesSmallObjects,
        {"test_any_dtype", "test_any_number_of_channels"},
    ),
    ("test_little_else_is_found", s.FindsTheGround),
    ("test_a_transposed_image_gives_transposed_objects", s.TreatsTallFramesWorse),
    ("test_the_image_is_not_changed", s.WritesIntoTheImage),
    ("test_no_frame_is_remembered", s.RemembersTheLastFrame),
    ("test_the_same_call_gives_the_same_answer", s.GetsTired),
    ("test_found_objects_have_no_id", s.NumbersItsObjects),
    ("test_scores_are_probabilities", s.ScoresInPercent),
    ("test_regions_are_of_the_frame", s.AnswersInASquare),
    ("test_any_dtype", s.KnowsOnlyBytes),
    ("test_any_number_of_channels", s.KnowsOnlyGrey),
    ("test_a_blank_image_gives_nothing_sure", s.SeesGhosts),
    ("test_an_object_at_the_border", s.IsBlindAtTheBorder),
]
DRIFT_CHECKS = frozenset(
    {"test_any_dtype", "test_any_number_of_channels", "test_two_frames_are_a_clip"}
)
POINT_TRACKERS = [
    ("test_a_query_stays_where_it_was_asked", s.RoundsToPixels),
    ("test_points_follow_the_drift", s.SwapsItsDrift, DRIFT_CHECKS),
    (
        "test_points_follow_the_drift",
        s.CountsPixelsFromTheirCorner,
        {*DRIFT_CHECKS, "test_windows_equal_one_window"},
    ),
    ("test_points_in_sight_are_visible", s.LosesPoints),
    ("test_time_can_run_backward", s.GuessesBeforeTheQuery),
    ("test_a_transposed_clip_gives_transposed_tracks", s.TreatsTallClipsWorse),
    (
        "test_the_order_of_queries_does_not_matter",
        s.SortsItsAnswers,
        {"test_time_can_run_backward"},
    ),
    ("test_two_frames_are_a_clip", s.NeedsThreeFrames),
    ("test_windows_equal_one_window", s.DependsOnTheClip),
    ("test_a_point_that_leaves_is_not_visible", s.SeesBeyondTheFrame),
    ("test_nothing_asked_nothing_given", s.InventsAPoint),
    ("test_all_frames_and_points_are_answered", s.TurnsItsAnswer),
    ("test_positions_are_finite", s.AnswersNanOnBlanks),
    ("test_the_clip_is_not_changed", s.WritesIntoTheClip),
    ("test_no_clip_is_remembered", s.RemembersTheClip),
    ("test_any_dtype", s.TracksOnlyBytes),
    ("test_any_number_of_channels", s.TracksOnlyGrey),
    ("test_windows_of_two_frames_fit", s.TakesOneFrame),
]
PROPAGATORS = [
    ("test_the_first_frame_is_what_was_given", s.RedrawsTheFirstFrame),
    ("test_every_frame_is_answered", s.StopsOneFrameEarly),
    ("test_masks_follow_their_objects", s.StandsStill),
    ("test_no_object_is_added", s.AdoptsStrangers),
    ("test_what_is_given_later_is_carried_from_there", s.IgnoresLatecomers),
    ("test_a_correction_takes_the_place_of_what_was_carried", s.IgnoresCorrections),
    ("test_a_correction_of_what_was_just_seen_is_carried_on", s.IgnoresLateCorrections),
    ("test_scores_are_probabilities", s.PropagatesPercent),
    ("test_nothing_given_nothing_carried", s.FillsEmptyFrames),
    ("test_the_clip_is_not_changed", s.WritesIntoItsClip),
    ("test_no_clip_is_remembered", s.RemembersItsClip),
    ("test_frames_come_one_by_one", s.GivesNoIterator),
    ("test_any_dtype", s.PropagatesOnlyBytes),
]
FINDERS = [
    ("test_what_is_found_is_a_place_to_seed", s.GivesPlainNumbers),
    ("test_every_object_is_found", s.FindsTransposed, {"test_little_else_is_found"}),
    ("test_little_else_is_found", s.FindsTheGroundToo),
    ("test_nothing_is_found_on_a_blank_image", s.FindsOnBlanks),
    ("test_the_image_is_not_changed", s.FindsAndWrites),
    ("test_no_frame_is_remembered", s.FindsWhatItSaw),
    ("test_any_dtype", s.FindsOnlyInBytes),
]
EMBEDDERS = [
    (
        "test_a_row_for_each_region",
        s.EmbedsNan,
        {
            "test_like_lies_near_like",
            "test_no_frame_is_remembered",
            "test_one_by_one_equals_all_at_once",
            "test_the_order_of_regions_does_not_matter",
        },
    ),
    ("test_nothing_asked_nothing_given", s.ForgetsItsWidth),
    ("test_like_lies_near_like", s.DrawsLots),
    (
        "test_the_order_of_regions_does_not_matter",
        s.SortsItsRows,
        {"test_one_by_one_equals_all_at_once", "test_regions_may_overlap"},
    ),
    ("test_one_by_one_equals_all_at_once", s.ComparesWithTheOthers),
    ("test_regions_may_overlap", s.CutsOverlaps),
    ("test_any_size_of_frame_and_region", s.NeedsSomePixels),
    ("test_the_image_is_not_changed", s.EmbedsAndWrites),
    ("test_no_frame_is_remembered", s.EmbedsTheLastFrame),
    ("test_it_says_what_can_be_compared", s.ChangesItsName),
]
ALL = [
    Sabotage(contract, *row)
    for contract, rows in (
        (SegmenterContract, SEGMENTERS),
        (DetectorContract, DETECTORS),
        (PointTrackerContract, POINT_TRACKERS),
        (MaskPropagatorContract, PROPAGATORS),
        (FinderContract, FINDERS),
        (EmbedderContract, EMBEDDERS),
    )
    for row in rows
]


@pytest.mark.parametrize("sabotage", ALL, ids=str)
def test_saboteur_fails_its_check_and_no_other(sabotage: Sabotage) -> None:
    failed = failed_checks(sabotage.contract, sabotage.saboteur)
    assert failed == {sabotage.check} | sabotage.also


@pytest.mark.parametrize("contract", sorted({row.contract for row in ALL}, key=str))
def test_every_check_has_a_saboteur(contract: type) -> None:
    sabotaged = {row.check for row in ALL if row.contract is contract}
    assert sabotaged == set(checks_of(contract))
