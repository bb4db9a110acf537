"""What the page sends, checked before anything is done with it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from gaitsmith.web.names import ID, title

__all__ = ["AnalyseForm", "DraftForm", "HintsForm", "SpeedForm"]

Word = Annotated[str, StringConstraints(max_length=120)]
#: A file, or ``archive.zip!inner/name``.
Name = Annotated[str, StringConstraints(max_length=600)]
#: What can be seen of it.
Title = Annotated[Word, AfterValidator(title)]
Words = Annotated[dict[Word, Word], Field(max_length=200)]
Id = Annotated[str, StringConstraints(pattern=ID)]
#: As ``gaitsmith.chapters.ESTIMATING``.
Estimate = Literal["twin", "estimated_forces", "speed", "fewshot", "phase"]
Axis = Literal["+x", "-x", "+y", "-y", "+z", "-z"]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class HintsForm(_Form):
    """What the files cannot say; the fields of :class:`gaitsmith.formats.Hints`."""

    rate_hz: float | None = Field(default=None, gt=0, le=1e5)
    units: Words = {}
    placement: Words = {}
    columns: Words = {}
    signs: Annotated[dict[Word, Literal[-1, 1]], Field(max_length=200)] = {}
    up: Axis | None = None
    mass: float | None = Field(default=None, gt=0, le=500)
    height: float | None = Field(default=None, gt=0, le=3)
    age: float | None = Field(default=None, ge=0, le=130)
    leg_length: float | None = Field(default=None, gt=0, le=2)
    sex: Literal["female", "male"] | None = None
    side: Literal["left", "right"] | None = None

    def said(self) -> dict[str, Any]:
        """Only what was said."""
        return {k: v for k, v in self.model_dump().items() if v not in (None, {})}


class DraftForm(_Form):
    """Which files make the recording, and what they cannot say."""

    files: Annotated[list[Name], Field(min_length=1, max_length=100)]
    hints: HintsForm = HintsForm()
    format: Annotated[str, StringConstraints(max_length=40)] | None = None


class AnalyseForm(DraftForm):
    """Everything an analysis needs."""

    title: Title = ""
    static: Name | None = None
    osim: Name | None = None
    events: Word = "auto"
    population: Literal["auto", "adult", "young", "child"] = "auto"
    speed_m_s: float | None = Field(default=None, ge=0, le=15)
    without: Annotated[list[Estimate], Field(max_length=5)] = []


class SpeedForm(_Form):
    """A speed wanted."""

    speed: float = Field(ge=0.1, le=5)
