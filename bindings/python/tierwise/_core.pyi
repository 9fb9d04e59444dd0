"""
The private, strict extension under tierwise. Use the package, not this.
"""

from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing

__all__: list[str] = [
    "Affinities",
    "Answer",
    "Assignment",
    "Column",
    "Engine",
    "ForecastModel",
    "Policy",
    "Pooled",
    "PopulationSummary",
    "Profile",
    "Rule",
    "Schema",
    "SegmentModel",
    "Statements",
    "Summary",
    "TagAnswers",
    "TagBits",
    "TagRegistry",
    "TermMatcher",
    "Territory",
    "analyse_policy_tags",
    "analyse_tags",
    "assign_exploratory",
    "axis_sixths",
    "bin_counts",
    "build_profile",
    "check_anonymity",
    "check_policy",
    "check_stability",
    "classify",
    "coded",
    "codes_among",
    "default_policy_json",
    "default_stability",
    "doctors_by_tier",
    "evaluate_tags",
    "exploratory_responsibilities",
    "fit_affinities",
    "fit_forecast",
    "fit_population",
    "fit_propensity",
    "fit_segments",
    "fit_softmax",
    "floors_by_volume",
    "format_date",
    "latest_scores",
    "make_territory",
    "match_ids",
    "migrate",
    "movers",
    "nearest_cuts",
    "parse_date",
    "part_changes",
    "pooled_noise",
    "profile_of",
    "quantiles",
    "resample_tiers",
    "segment_model_of",
    "segment_scheme",
    "segment_state",
    "sensitivity",
    "settle",
    "shipped_content_tags",
    "shipped_terms",
    "stability_index",
    "strata_of",
    "student_quantile",
    "summarise_allocation",
    "summarise_population",
    "suppress",
    "tag_changes",
    "tag_drift",
    "tag_outcome",
    "tag_pairs",
    "tag_quality",
    "tag_stale",
    "trace_tag",
    "ways_up",
]

class Column:
    """
    One column: a view of memory that it keeps alive.
    """
    @staticmethod
    def categories(codes: numpy.ndarray, names: list[str], valid: numpy.ndarray | None = None) -> Column:
        """
        Codes (int32, not copied) into names; a code outside is missing.
        """
    @staticmethod
    def dates(days: numpy.ndarray, valid: numpy.ndarray | None = None) -> Column:
        """
        Days since 1970-01-01 as int32, not copied.
        """
    @staticmethod
    def from_arrow(array: typing.Any) -> Column:
        """
        An object with __arrow_c_array__ or __arrow_c_stream__. Fixed-width columns of one chunk and dictionaries are not copied; plain text is encoded, and several chunks are put together.
        """
    @staticmethod
    def numbers(array: numpy.ndarray, valid: numpy.ndarray | None = None) -> Column:
        """
        A contiguous array of float32, float64, int32, int64 or bool, which is not copied. `valid`: Arrow's bits.
        """
    @staticmethod
    def texts(values: list[typing.Any]) -> Column:
        """
        A list of str, or None or NaN where missing, which is encoded: a copy.
        """
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    def numbers_copy(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        As float64, missing as NaN: a copy.
        """
    def with_names(self, names: collections.abc.Sequence[str]) -> Column:
        """
        The same codes under other names.
        """
    def written(self) -> list[str]:
        """
        Each cell as files write it.
        """
    @property
    def address(self) -> int:
        """
        Where the cells lie.
        """
    @property
    def is_numeric(self) -> bool: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def null_count(self) -> int: ...
    @property
    def type(self) -> str: ...

class Summary:
    """
    What a fit needs of one numeric column, mergeable.
    """

    exact_capacity: typing.ClassVar[int] = 16384
    relative_error: typing.ClassVar[float] = 0.001953125
    @staticmethod
    def from_bytes(bytes: bytes) -> Summary: ...
    def __init__(self) -> None: ...
    def add(self, values: Column) -> None:
        """
        Adds the rows of a column.
        """
    def copy(self) -> Summary: ...
    def floors_by_heads(
        self, shares: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex]
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    def floors_by_volume(
        self, shares: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex]
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    def heads_before(self, value: typing.SupportsFloat | typing.SupportsIndex) -> int: ...
    def merge(self, other: Summary) -> None:
        """
        Adds what another holds.
        """
    def quantile(self, q: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
    def share_before(self, value: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
    def sum_before(self, value: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
    def to_bytes(self) -> bytes: ...
    def values(
        self,
    ) -> tuple[
        numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.uint64], numpy.typing.NDArray[numpy.float64]
    ]: ...
    @property
    def is_exact(self) -> bool: ...
    @property
    def known(self) -> int: ...
    @property
    def max(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def min(self) -> float: ...
    @property
    def missing(self) -> int: ...
    @property
    def rejected(self) -> int: ...
    @property
    def sum(self) -> float: ...
    @property
    def sum_of_squares(self) -> float: ...
    @property
    def variance(self) -> float: ...
    @property
    def zeros(self) -> int: ...

class Policy:
    @staticmethod
    def load(path: str) -> Policy: ...
    @staticmethod
    def parse(text: str) -> Policy: ...
    def equals(self, other: Policy) -> bool: ...
    def format(self) -> str: ...
    @property
    def action_count(self) -> int: ...
    @property
    def attributes(self) -> dict[str, typing.Any]: ...
    @property
    def channels(self) -> list[str]: ...
    @property
    def description(self) -> str: ...
    @property
    def engagement_levels(self) -> list[str]: ...
    @property
    def fixed_floors(self) -> dict[str, typing.Any]: ...
    @property
    def grades(self) -> list[str]: ...
    @property
    def identity_levels(self) -> list[str]: ...
    @property
    def mapping(self) -> dict[str, typing.Any]: ...
    @property
    def measures(self) -> list[str]: ...
    @property
    def mover_policy(self) -> dict[str, typing.Any]: ...
    @property
    def name(self) -> str: ...
    @property
    def stability(self) -> tuple[float, float, int, int]: ...
    @property
    def tag_groups(self) -> list[dict[str, typing.Any]]: ...
    @property
    def tags(self) -> list[dict[str, typing.Any]]: ...
    @property
    def tiers(self) -> list[dict[str, typing.Any]]: ...
    @property
    def topic_columns(self) -> list[str]: ...
    @property
    def unknown_as(self) -> dict[str, typing.Any]: ...

class Profile:
    def __len__(self) -> int: ...
    def column(self, name: str) -> typing.Any:
        """
        A column; numbers are read-only views.
        """
    def rejected(self) -> dict[str, typing.Any]: ...
    @property
    def as_of(self) -> str: ...
    @property
    def contacts_later(self) -> int: ...
    @property
    def contacts_unplaced(self) -> int: ...
    @property
    def contacts_used(self) -> int: ...
    @property
    def names(self) -> list[str]: ...

class Assignment:
    def columns(self) -> dict[str, typing.Any]: ...
    def reasons(self, language: str, threads: typing.SupportsInt | typing.SupportsIndex) -> list[str]: ...
    def rejected(self) -> dict[str, typing.Any]: ...

class SegmentModel:
    def assign(self, profile: Profile, threads: typing.SupportsInt | typing.SupportsIndex) -> Assignment: ...
    def contribution_columns(
        self, profile: Profile, score: str, threads: typing.SupportsInt | typing.SupportsIndex
    ) -> dict[str, typing.Any]: ...
    def contributions(
        self, profile: Profile, row: typing.SupportsInt | typing.SupportsIndex, score: str
    ) -> list[typing.Any]: ...
    def grade_table(
        self, profile: Profile, threads: typing.SupportsInt | typing.SupportsIndex
    ) -> dict[str, typing.Any]: ...
    @property
    def card_floors(self) -> list[float]: ...
    @property
    def decile_volumes(self) -> dict[int, float]: ...
    @property
    def engagement_floors(self) -> list[float]: ...
    @property
    def identity_floors(self) -> list[float]: ...
    @property
    def s0(self) -> float: ...
    @property
    def volume_floors(self) -> list[float]: ...

class ForecastModel:
    @staticmethod
    def of_state(state: tuple) -> ForecastModel: ...
    def calibrated(
        self,
        columns: collections.abc.Sequence[typing.Any],
        next_level: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8],
        penalty: typing.SupportsFloat | typing.SupportsIndex,
    ) -> ForecastModel: ...
    def forecast(
        self, columns: collections.abc.Sequence[typing.Any], threads: typing.SupportsInt | typing.SupportsIndex
    ) -> tuple: ...
    def state(self) -> tuple: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def levels(self) -> list[str]: ...
    @property
    def sharpness(self) -> float: ...

class PopulationSummary:
    """
    All that a fit needs of a population, mergeable.
    """
    @staticmethod
    def from_bytes(bytes: bytes) -> PopulationSummary: ...
    def copy(self) -> PopulationSummary: ...
    def merge(self, other: PopulationSummary) -> None: ...
    def parts(self) -> dict[str, typing.Any]: ...
    def to_bytes(self) -> bytes: ...
    @property
    def channels(self) -> list[str]: ...

class Schema:
    @staticmethod
    def of(policy: Policy) -> Schema: ...
    def __init__(
        self,
        columns: collections.abc.Sequence[tuple[str, str]],
        channels: collections.abc.Sequence[str],
        measures: collections.abc.Sequence[str],
        tags: collections.abc.Sequence[str],
        topics: collections.abc.Sequence[str],
    ) -> None: ...

class Rule:
    @staticmethod
    def parse(text: str, schema: Schema) -> Rule: ...
    def evaluate(
        self,
        columns: collections.abc.Mapping[str, typing.Any],
        tags: collections.abc.Mapping[
            str,
            tuple[
                typing.Annotated[numpy.typing.ArrayLike, numpy.bool],
                typing.Annotated[numpy.typing.ArrayLike, numpy.bool],
            ],
        ],
        schema: Schema,
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        """
        (yes, known) for each row.
        """
    def format(self) -> str: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def cost(self) -> int: ...
    @property
    def sums(self) -> list[tuple[str, int]]: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def text(self) -> str: ...
    @property
    def trend_windows_days(self) -> list[int]: ...
    @property
    def windows_days(self) -> list[int]: ...

class Affinities:
    def of(self, doctor: typing.SupportsInt | typing.SupportsIndex) -> dict[str, typing.Any]: ...
    def table(self, threads: typing.SupportsInt | typing.SupportsIndex) -> dict[str, typing.Any]: ...
    @property
    def code(self) -> list[int]: ...
    @property
    def exposures(self) -> numpy.ndarray: ...
    @property
    def group_of(self) -> list[int]: ...
    @property
    def group_strength(self) -> list[float]: ...
    @property
    def level(self) -> list[int]: ...
    @property
    def mean(self) -> list[float]: ...
    @property
    def parent(self) -> list[int]: ...
    @property
    def rejected(self) -> dict[str, typing.Any]: ...
    @property
    def responses(self) -> numpy.ndarray: ...
    @property
    def squares(self) -> numpy.ndarray: ...
    @property
    def strength(self) -> list[float]: ...

class TermMatcher:
    def __init__(self, dictionary: collections.abc.Sequence[tuple[str, collections.abc.Sequence[str]]]) -> None: ...
    def count(self, texts: Column) -> numpy.ndarray:
        """
        [tag][row]
        """
    def find(self, text: str) -> list[tuple]: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def terms(self) -> list[str]: ...

class TagBits:
    def __init__(self) -> None: ...
    def counts(self) -> numpy.typing.NDArray[numpy.int64]: ...
    def known(self, tag: typing.SupportsInt | typing.SupportsIndex) -> numpy.ndarray: ...
    def known_counts(self) -> numpy.typing.NDArray[numpy.int64]: ...
    def pair_counts(
        self,
        pairs: collections.abc.Sequence[
            tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]
        ],
    ) -> numpy.typing.NDArray[numpy.int64]: ...
    def yes(self, tag: typing.SupportsInt | typing.SupportsIndex) -> numpy.ndarray: ...

class TagRegistry:
    @staticmethod
    def compile(
        definitions: collections.abc.Sequence[dict], groups: collections.abc.Sequence[dict], schema: Schema
    ) -> TagRegistry: ...
    @staticmethod
    def of(policy: Policy) -> TagRegistry: ...
    def columns(self) -> list[str]:
        """
        Columns that any rule reads.
        """
    def definitions(self) -> list[dict[str, typing.Any]]: ...
    def due(
        self, policy: Policy, profile: Profile, before: typing.SupportsInt | typing.SupportsIndex
    ) -> tuple[numpy.ndarray, list[str]]: ...
    def evaluate(
        self,
        columns: collections.abc.Mapping[str, typing.Any],
        rows: typing.SupportsInt | typing.SupportsIndex,
        into: TagBits,
        threads: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def groups(self) -> list[dict[str, typing.Any]]: ...
    def query(self, question: str, tags: TagBits) -> tuple[numpy.ndarray, numpy.ndarray]: ...
    def update(
        self,
        columns: collections.abc.Mapping[str, typing.Any],
        answers: TagBits,
        rows: typing.Annotated[numpy.typing.ArrayLike, numpy.bool],
        changed: collections.abc.Sequence[str],
        threads: typing.SupportsInt | typing.SupportsIndex,
    ) -> tuple[int, int]:
        """
        Tags that were evaluated for all rows, and rows for which all tags were.
        """

class TagAnswers:
    def __init__(self) -> None: ...
    def __len__(self) -> int: ...

class Statements:
    @staticmethod
    def read(rows: collections.abc.Mapping[str, typing.Any], hcp_ids: Column, registry: TagRegistry) -> Statements: ...
    def __len__(self) -> int: ...
    def answers(
        self, answers: TagAnswers, known_as_of: typing.SupportsInt | typing.SupportsIndex
    ) -> dict[str, typing.Any]: ...
    def fates(
        self,
        hcp: typing.SupportsInt | typing.SupportsIndex,
        tag: typing.SupportsInt | typing.SupportsIndex,
        as_of: typing.SupportsInt | typing.SupportsIndex,
        known_as_of: typing.SupportsInt | typing.SupportsIndex,
        least_confidence: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    ) -> dict[str, typing.Any]: ...
    def rejected(self) -> dict[str, typing.Any]: ...
    def settle(
        self,
        registry: TagRegistry,
        columns: collections.abc.Mapping[str, typing.Any],
        tags: TagBits,
        as_of: typing.SupportsInt | typing.SupportsIndex,
        known_as_of: typing.SupportsInt | typing.SupportsIndex,
        least_confidence: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        threads: typing.SupportsInt | typing.SupportsIndex,
    ) -> TagAnswers:
        """
        Evaluates again with what is said, into `tags`, which has the answers of the rules alone.
        """
    def timeline(
        self,
        hcp: typing.SupportsInt | typing.SupportsIndex,
        tag: typing.SupportsInt | typing.SupportsIndex,
        known_as_of: typing.SupportsInt | typing.SupportsIndex,
        least_confidence: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    ) -> dict[str, typing.Any]: ...
    @property
    def rejected_rows(self) -> int: ...
    @property
    def repeated(self) -> int: ...
    @property
    def withdrawals(self) -> int: ...

class Pooled:
    def columns(self) -> dict[str, typing.Any]: ...
    def rejected(self) -> dict[str, typing.Any]: ...
    @property
    def by_channel(self) -> dict[str, float]: ...
    @property
    def whole(self) -> float: ...

class Answer:
    def __len__(self) -> int: ...
    def again(self, row: typing.SupportsInt | typing.SupportsIndex) -> Answer:
        """
        The answer of one doctor alone, with a trace.
        """
    def bases(self) -> tuple[str, numpy.ndarray, list[str]]:
        """
        Which road led to the grade of each doctor.
        """
    def column(self, name: str) -> typing.Any: ...
    def contributions(self, row: typing.SupportsInt | typing.SupportsIndex, score: str) -> list[typing.Any]: ...
    def drop_rows(self) -> numpy.typing.NDArray[numpy.int64]: ...
    def drops(self) -> dict[str, typing.Any]: ...
    def funnel(self) -> dict[str, typing.Any]: ...
    def pick_reasons(self, language: str, threads: typing.SupportsInt | typing.SupportsIndex) -> list[str]: ...
    def pick_rows(self) -> numpy.typing.NDArray[numpy.int64]: ...
    def picks(self) -> dict[str, typing.Any]: ...
    def reason(self, row: typing.SupportsInt | typing.SupportsIndex, language: str) -> str: ...
    def rejected(self) -> dict[str, typing.Any]: ...
    def segment_reasons(self, language: str, threads: typing.SupportsInt | typing.SupportsIndex) -> list[str]: ...
    def segments(self) -> dict[str, typing.Any]: ...
    def tags(
        self, threads: typing.SupportsInt | typing.SupportsIndex
    ) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, numpy.ndarray]: ...
    @property
    def as_of(self) -> str: ...
    @property
    def contacts_later(self) -> int: ...
    @property
    def contacts_unplaced(self) -> int: ...
    @property
    def contacts_used(self) -> int: ...
    @property
    def names(self) -> list[str]: ...

class Engine:
    @staticmethod
    def fit(policy: Policy, profile: Profile, history: collections.abc.Mapping[str, typing.Any] | None) -> Engine: ...
    def decide(
        self,
        profile: typing.Any,
        consents: collections.abc.Mapping[str, typing.Any] | None,
        history: collections.abc.Mapping[str, typing.Any] | None,
        trace: bool,
        threads: typing.SupportsInt | typing.SupportsIndex,
    ) -> Answer: ...
    @property
    def segments(self) -> SegmentModel: ...

class Territory:
    def __len__(self) -> int: ...
    def channel_affinity(
        self, hcp: typing.SupportsInt | typing.SupportsIndex, channel: typing.SupportsInt | typing.SupportsIndex
    ) -> float: ...
    def expected_outcome(
        self,
        hcp: typing.SupportsInt | typing.SupportsIndex,
        visits_per_month: typing.SupportsFloat | typing.SupportsIndex,
    ) -> float: ...
    def response_probabilities(
        self, action: typing.SupportsInt | typing.SupportsIndex, channel: typing.SupportsInt | typing.SupportsIndex
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    def response_probability(
        self,
        hcp: typing.SupportsInt | typing.SupportsIndex,
        action: typing.SupportsInt | typing.SupportsIndex,
        channel: typing.SupportsInt | typing.SupportsIndex,
    ) -> float: ...
    def table(self, name: str) -> dict[str, typing.Any]: ...
    @property
    def actions(self) -> list[str]: ...
    @property
    def channels(self) -> list[str]: ...
    @property
    def end(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def start(self) -> str: ...

def analyse_policy_tags(
    policy: Policy, used: collections.abc.Sequence[str] | None, most_steps: typing.SupportsInt | typing.SupportsIndex
) -> list[dict[str, typing.Any]]: ...
def analyse_tags(
    definitions: collections.abc.Sequence[dict],
    groups: collections.abc.Sequence[dict],
    schema: Schema,
    purposes: collections.abc.Sequence[tuple[str, str]],
    forbidden: collections.abc.Sequence[str],
    used: collections.abc.Sequence[str] | None,
    all_channels: bool,
    most_steps: typing.SupportsInt | typing.SupportsIndex,
) -> list[dict[str, typing.Any]]: ...
@typing.overload
def assign_exploratory(
    policy: Policy, profile: Profile, threads: typing.SupportsInt | typing.SupportsIndex
) -> tuple: ...
@typing.overload
def assign_exploratory(
    policy: Policy,
    profile: collections.abc.Mapping[str, typing.Any],
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> tuple: ...
def axis_sixths(
    tiers: typing.Annotated[numpy.typing.ArrayLike, numpy.uint16],
    steps: typing.Annotated[collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"],
    before: collections.abc.Sequence[typing.Annotated[numpy.typing.ArrayLike, numpy.uint8]],
    after: collections.abc.Sequence[typing.Annotated[numpy.typing.ArrayLike, numpy.uint8]],
) -> numpy.typing.NDArray[numpy.int32]: ...
def bin_counts(
    values: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    edges: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def build_profile(
    policy: Policy,
    hcps: collections.abc.Mapping[str, typing.Any],
    interactions: collections.abc.Mapping[str, typing.Any] | None,
    as_of: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> Profile: ...
def check_anonymity(
    columns: collections.abc.Mapping[str, typing.Any],
    quasi: collections.abc.Sequence[str],
    k: typing.SupportsInt | typing.SupportsIndex,
) -> dict[str, typing.Any]: ...
def check_policy(text: str) -> list[typing.Any]:
    """
    Every fault of a policy.
    """

def check_stability(
    stability: tuple[
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
    ],
) -> None: ...
def classify(
    policy: Policy,
    potential_floors: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    identity_floors: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    engagement_floors: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    potential: numpy.ndarray,
    identity: numpy.ndarray,
    engagement: numpy.ndarray,
    out: numpy.ndarray,
) -> numpy.typing.NDArray[numpy.int64]: ...
def coded(column: Column) -> tuple: ...
def codes_among(
    column: Column, names: collections.abc.Sequence[str], what: str
) -> numpy.typing.NDArray[numpy.int32]: ...
def default_policy_json() -> str: ...
def default_stability() -> tuple[float, float, int, int]: ...
def doctors_by_tier(
    tier: numpy.ndarray, tiers: typing.SupportsInt | typing.SupportsIndex
) -> numpy.typing.NDArray[numpy.int64]: ...
def evaluate_tags(
    policy: Policy, profile: Profile, model: SegmentModel, threads: typing.SupportsInt | typing.SupportsIndex
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, numpy.ndarray]: ...
@typing.overload
def exploratory_responsibilities(
    policy: Policy, profile: Profile, threads: typing.SupportsInt | typing.SupportsIndex
) -> dict[str, typing.Any]: ...
@typing.overload
def exploratory_responsibilities(
    policy: Policy,
    profile: collections.abc.Mapping[str, typing.Any],
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> dict[str, typing.Any]: ...
def fit_affinities(
    doctor: typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    key: typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    days: typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    exposures: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    responses: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    doctors: typing.SupportsInt | typing.SupportsIndex,
    keys: typing.SupportsInt | typing.SupportsIndex,
    groups: collections.abc.Sequence[typing.Annotated[numpy.typing.ArrayLike, numpy.int32]],
    as_of: typing.SupportsInt | typing.SupportsIndex,
    shares: bool,
    half_life_days: typing.SupportsFloat | typing.SupportsIndex,
    strength: typing.SupportsFloat | typing.SupportsIndex,
    coverage: typing.SupportsFloat | typing.SupportsIndex,
    margin: typing.SupportsFloat | typing.SupportsIndex,
    confidence: typing.SupportsFloat | typing.SupportsIndex,
    least_evidence: typing.SupportsFloat | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> Affinities: ...
def fit_forecast(
    names: collections.abc.Sequence[str],
    columns: collections.abc.Sequence[typing.Any],
    next_level: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8],
    levels: collections.abc.Sequence[str],
    next_score: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    cuts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    knots: typing.SupportsInt | typing.SupportsIndex,
    score_knots: typing.SupportsInt | typing.SupportsIndex,
    tail: typing.SupportsFloat | typing.SupportsIndex,
    score_penalty: typing.SupportsFloat | typing.SupportsIndex,
    penalty: typing.SupportsFloat | typing.SupportsIndex,
    most_steps: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> ForecastModel: ...
def fit_population(policy: Policy, population: PopulationSummary) -> SegmentModel: ...
def fit_propensity(
    policy: Policy, profile: Profile, history: collections.abc.Mapping[str, typing.Any] | None
) -> Pooled: ...
def fit_segments(policy: Policy, profile: Profile) -> SegmentModel: ...
def fit_softmax(
    numbers: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    level: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8],
    levels: typing.SupportsInt | typing.SupportsIndex,
    penalty: typing.SupportsFloat | typing.SupportsIndex,
    most_steps: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.ndarray: ...
def floors_by_volume(
    values: Column, shares: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex]
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Smallest number of each class of volume.
    """

def format_date(days: typing.SupportsInt | typing.SupportsIndex) -> str:
    """
    YYYY-MM-DD.
    """

def latest_scores(
    begin: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    days: typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    at: typing.SupportsInt | typing.SupportsIndex,
    within_days: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float64]: ...
def make_territory(
    *,
    hcps: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    start: typing.SupportsInt | typing.SupportsIndex | None,
    end: typing.SupportsInt | typing.SupportsIndex | None,
    contact_scale: typing.SupportsFloat | typing.SupportsIndex,
    suggestions_per_month: typing.SupportsFloat | typing.SupportsIndex,
    missing_prob: typing.SupportsFloat | typing.SupportsIndex,
    unknown_volume_prob: typing.SupportsFloat | typing.SupportsIndex,
    hcps_per_rep: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> Territory: ...
def match_ids(before: Column, after: Column) -> numpy.typing.NDArray[numpy.int64]: ...
def migrate(
    before: typing.Annotated[numpy.typing.ArrayLike, numpy.uint16],
    after: typing.Annotated[numpy.typing.ArrayLike, numpy.uint16],
    match: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    tiers: typing.SupportsInt | typing.SupportsIndex,
) -> dict[str, typing.Any]: ...
def movers(
    begin: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    days: typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    as_of: typing.SupportsInt | typing.SupportsIndex,
    method: str,
    unit_days: typing.SupportsFloat | typing.SupportsIndex,
    window_days: typing.SupportsInt | typing.SupportsIndex,
    half_life_days: typing.SupportsFloat | typing.SupportsIndex,
    confidence: typing.SupportsFloat | typing.SupportsIndex,
    noise: typing.SupportsFloat | typing.SupportsIndex,
    noise_strength: typing.SupportsInt | typing.SupportsIndex,
    least_slope: typing.SupportsFloat | typing.SupportsIndex,
    least_points: typing.SupportsInt | typing.SupportsIndex,
    stale_days: typing.SupportsInt | typing.SupportsIndex,
    once_had: typing.SupportsFloat | typing.SupportsIndex,
    nothing: typing.SupportsFloat | typing.SupportsIndex,
    low_below: typing.SupportsFloat | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> dict[str, typing.Any]: ...
def nearest_cuts(
    model: SegmentModel,
    axes: collections.abc.Sequence[
        tuple[
            typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
            typing.Annotated[numpy.typing.ArrayLike, numpy.uint8],
            tuple[
                typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
                typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
                typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
            ],
        ]
    ],
    which: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[
    numpy.typing.NDArray[numpy.uint8],
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.uint16],
    numpy.typing.NDArray[numpy.uint16],
]: ...
def parse_date(text: str) -> int:
    """
    Days since 1970-01-01 of YYYY-MM-DD.
    """

def part_changes(
    before: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    after: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> list[typing.Any]: ...
def pooled_noise(
    begin: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    days: typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    as_of: typing.SupportsInt | typing.SupportsIndex,
    window_days: typing.SupportsInt | typing.SupportsIndex,
    unit_days: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def profile_of(columns: dict[str, typing.Any], as_of: typing.SupportsInt | typing.SupportsIndex) -> Profile:
    """
    Profiles that the caller has computed.
    """

def quantiles(
    values: Column, at: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex]
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Exact type 7 quantiles.
    """

def resample_tiers(
    policy: Policy,
    model: SegmentModel,
    profile: Profile,
    interactions: collections.abc.Mapping[str, typing.Any],
    steps: collections.abc.Sequence[typing.Annotated[numpy.typing.ArrayLike, numpy.uint8]],
    known: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8],
    floors: tuple[
        typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    ],
    seed: typing.SupportsInt | typing.SupportsIndex,
    replicates: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[
    numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.uint16], numpy.typing.NDArray[numpy.float64]
]: ...
def segment_model_of(
    policy: Policy,
    state: tuple[
        collections.abc.Sequence[str],
        bool,
        typing.SupportsFloat | typing.SupportsIndex,
        typing.Annotated[
            collections.abc.Sequence[
                tuple[
                    collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                    typing.Annotated[
                        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(11)"
                    ],
                    collections.abc.Sequence[
                        tuple[
                            typing.SupportsInt | typing.SupportsIndex,
                            collections.abc.Sequence[str],
                            typing.SupportsInt | typing.SupportsIndex,
                            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                            typing.Annotated[
                                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(11)"
                            ],
                        ]
                    ],
                ]
            ],
            "FixedSize(4)",
        ],
    ],
) -> SegmentModel:
    """
    The model that segment_state took apart.
    """

def segment_scheme(model: SegmentModel) -> dict[str, typing.Any]:
    """
    Names, table and floors of a fitted model.
    """

def segment_state(
    model: SegmentModel,
) -> tuple[
    list[str],
    bool,
    float,
    typing.Annotated[
        list[
            tuple[
                list[float],
                typing.Annotated[list[float], "FixedSize(11)"],
                list[tuple[int, list[str], int, list[float], typing.Annotated[list[float], "FixedSize(11)"]]],
            ]
        ],
        "FixedSize(4)",
    ],
]:
    """
    What was fitted, as plain numbers.
    """

def sensitivity(
    model: SegmentModel,
    axes: collections.abc.Sequence[
        tuple[
            typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
            typing.Annotated[numpy.typing.ArrayLike, numpy.uint8],
            tuple[
                typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
                typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
                typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
            ],
        ]
    ],
    which: typing.SupportsInt | typing.SupportsIndex,
    moves: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    by_share: bool,
) -> list[typing.Any]: ...
def settle(
    stability: tuple[
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
    ],
    volume: bool,
    plain: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8],
    value: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    floors: tuple[
        typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    ],
    as_of: typing.SupportsInt | typing.SupportsIndex,
    before: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8],
    since: typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    before_plain: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8],
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[numpy.typing.NDArray[numpy.uint8], numpy.typing.NDArray[numpy.int32]]: ...
def shipped_content_tags() -> list[dict[str, typing.Any]]: ...
def shipped_terms() -> list[tuple[str, list[str]]]: ...
def stability_index(
    before: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    after: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    smoothing: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[float, numpy.typing.NDArray[numpy.float64], bool]: ...
def strata_of(model: SegmentModel, profile: Profile, threads: typing.SupportsInt | typing.SupportsIndex) -> tuple: ...
def student_quantile(
    probability: typing.SupportsFloat | typing.SupportsIndex, freedom: typing.SupportsInt | typing.SupportsIndex
) -> float: ...
def summarise_allocation(
    policy: Policy, doctors: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]
) -> dict[str, typing.Any]: ...
def summarise_population(policy: Policy, profile: Profile) -> PopulationSummary: ...
def suppress(
    counts: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], k: typing.SupportsInt | typing.SupportsIndex
) -> tuple[typing.Any, int, int]: ...
def tag_changes(
    tags_before: TagRegistry,
    before: TagBits,
    answers_before: TagAnswers,
    tags_after: TagRegistry,
    after: TagBits,
    answers_after: TagAnswers,
    row_before: typing.Annotated[numpy.typing.ArrayLike, numpy.int64] | None,
) -> dict[str, typing.Any]: ...
def tag_drift(before: TagBits, after: TagBits) -> dict[str, typing.Any]: ...
def tag_outcome(tags: TagBits, outcome: Column) -> dict[str, typing.Any]: ...
def tag_pairs(tags: TagBits) -> dict[str, typing.Any]: ...
def tag_quality(
    registry: TagRegistry,
    tags: TagBits,
    used: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    wanted: typing.SupportsInt | typing.SupportsIndex,
) -> dict[str, typing.Any]: ...
def tag_stale(
    tags: TagBits,
    tag: typing.SupportsInt | typing.SupportsIndex,
    evidence: Column,
    as_of: typing.SupportsInt | typing.SupportsIndex,
    lives_days: typing.SupportsInt | typing.SupportsIndex,
) -> float: ...
def trace_tag(
    registry: TagRegistry,
    columns: collections.abc.Mapping[str, typing.Any],
    row: typing.SupportsInt | typing.SupportsIndex,
    tag: typing.SupportsInt | typing.SupportsIndex,
    answers: TagAnswers,
    policy: Policy | None,
    profile: Profile | None,
) -> dict[str, typing.Any]: ...
def ways_up(
    model: SegmentModel, profile: Profile, language: str, threads: typing.SupportsInt | typing.SupportsIndex
) -> dict[str, typing.Any]: ...

__version__: str = "0.1.0"
