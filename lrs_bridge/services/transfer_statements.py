"""Statements from a file and into one: migrations, archives, and other systems that read JSON lines.

Where an import keeps what another LRS stamped (``keep_stored``), the two meanings of ``stored`` part. The JSON's
``stored`` is what is answered: when the other LRS recorded the statement. The row's ``stored`` is our cursor: when it
came here. ``since``, ``until``, the order of answers, ``more`` and X-Experience-API-Consistent-Through all go by the
cursor, so an imported statement stands at the end like any other new one, the watermark never steps back, and a poller
sees each exactly once, however old it is. The price: ``until=2024-01-01`` does not find what was imported later, and
a poller that takes the ``stored`` of the last statement for its next ``since``, instead of following ``more`` or the
header, reads again (never too little). Import the oldest first: the order of the file becomes that of the cursor.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, cast
from uuid import UUID

import orjson

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import Problem, Refused, RequestRefused, StatementConflict, StatementRefused
from lrs_bridge.feeds.statement_csv import HEADER_LINE, csv_line
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.record_statements import Recorder, record_statements
from lrs_bridge.storage.database import now
from lrs_bridge.storage.transfer import every_statement, known_ids
from lrs_bridge.xapi.faults import under
from lrs_bridge.xapi.instants import parse_timestamp
from lrs_bridge.xapi.lexical import is_version_2_0
from lrs_bridge.xapi.parsing import parse_json
from lrs_bridge.xapi.validation import validate_statement

BATCH = 200
GZIP = b"\x1f\x8b"
LONGEST_LINE = 16 * 1024 * 1024
IMPORTER = UUID(int=0)


@dataclass(slots=True)
class Progress:
    """Where an import stands: every line up to ``line`` is stored, was there already, or was told as faulty."""

    line: int = 0
    stored: int = 0
    repeated: int = 0
    faulty: int = 0
    bytes_read: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    id: UUID
    statement: dict[str, Any]
    version: str


@dataclass(slots=True)
class _Import:
    bridge: Bridge
    file_name: str
    keep_stored: bool
    on_fault: Callable[[Problem], None]
    progress: Progress
    _started: datetime = field(default_factory=now)

    def batches(self, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, list[_Line]]]:
        """What is stored together, with the last line that is dealt with then: one version, no id twice."""
        batch: list[_Line] = []
        number = self.progress.line
        for number, text in lines:
            found = self._read(number, text)
            if found is None:
                continue
            together = not batch or (found.version == batch[0].version and all(found.id != one.id for one in batch))
            if len(batch) >= BATCH or not together:
                yield number - 1, batch
                batch = []
            batch.append(found)
        yield number, batch

    def store(self, batch: list[_Line]) -> None:
        if not batch:
            return
        ids = [line.id for line in batch]
        with self.bridge.database.reading() as connection:
            known = len(known_ids(connection, ids))
        try:
            record_statements(self.bridge, [line.statement for line in batch], by=self._recorder(batch[0].version))
        except (StatementConflict, StatementRefused) as error:
            if len(batch) == 1:
                self._tell(batch[0].number, error.problems or (Problem("/id", error.reason, error.remedy),))
                return
            for line in batch:  # the others of the batch are good
                self.store([line])
            return
        self.progress.repeated += known
        self.progress.stored += len(batch) - known

    def _recorder(self, version: str) -> Recorder:
        authority = ActorKey.of_account(self.bridge.settings.public_url, "import").as_actor("Import")
        return Recorder(IMPORTER, authority, version=version, defines=True, keeps_stamps=self.keep_stored)

    def _read(self, number: int, text: bytes) -> _Line | None:
        if not text.strip():
            return None
        try:
            statement = parse_json(text)
        except Refused as error:
            self._tell(number, error.problems)
            return None
        version = _version_of(statement)
        problems = validate_statement(statement, version=version)
        if not problems and self.keep_stored:
            problems = list(_stamp_problems(statement, self._started))
        if problems:
            self._tell(number, problems)
            return None
        statement.setdefault("id", str(_id_of_line(number, text)))
        return _Line(number, UUID(statement["id"]), statement, version)

    def _tell(self, number: int, problems: list[Problem] | tuple[Problem, ...]) -> None:
        self.progress.faulty += 1
        for problem in under(f"{self.file_name}:{number}:", tuple(problems)):
            self.on_fault(problem)


def import_statements(
    bridge: Bridge,
    path: Path,
    *,
    keep_stored: bool = False,
    from_line: int = 1,
    on_progress: Callable[[Progress], None],
    on_fault: Callable[[Problem], None],
) -> Progress:
    """Read a file of one statement a line, plain or gzip; store what is valid, tell every fault of every other line.

    ``on_progress`` is called after each commit: what it was told is stored for good. So an import that was stopped
    goes on behind the line that was told last, or from the start, where statements are known again by their ids. A
    line without an id gets one from its text and number, the same each time. Raises RequestRefused where the file
    itself cannot be read on.
    """
    importing = _Import(bridge, path.name, keep_stored, on_fault, Progress(line=from_line - 1))
    with path.open("rb") as raw:
        for last, batch in importing.batches(_lines(raw, from_line)):
            importing.store(batch)
            importing.progress.line = last
            importing.progress.bytes_read = raw.tell()
            on_progress(importing.progress)
    return importing.progress


def export_jsonl(bridge: Bridge, *, since: datetime | None = None) -> Iterator[bytes]:
    """Every statement as it is answered, a line each, oldest first; also the voided ones, which their voiding
    statements void again where they are imported. In constant memory.
    """
    for raw, _ in every_statement(bridge.database, since=since):
        yield raw.encode() + b"\n"


def export_csv(bridge: Bridge, *, since: datetime | None = None) -> Iterator[bytes]:
    """The same for a spreadsheet: what most people ask of a statement, with ``voided`` beside it."""
    yield HEADER_LINE
    for raw, voided in every_statement(bridge.database, since=since):
        yield csv_line(orjson.loads(raw), voided=voided)


def _lines(raw: IO[bytes], from_line: int) -> Iterator[tuple[int, bytes]]:
    packed = raw.read(2) == GZIP
    raw.seek(0)
    file = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if packed else raw
    number = 0
    while text := _next_line(file, number + 1):
        number += 1
        if number >= from_line:
            yield number, text


def _next_line(file: IO[bytes], number: int) -> bytes:
    try:
        text = file.readline(LONGEST_LINE + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = f"The file cannot be read from line {number} on: {error}"
        raise RequestRefused(reason, remedy="Copy it again; what came before that line is stored") from error
    if len(text) > LONGEST_LINE:
        reason = f"Line {number} is longer than {LONGEST_LINE // 1024 // 1024} MiB"
        raise RequestRefused(reason, remedy="The file must hold one statement a line (JSON lines)")
    return text


def _version_of(statement: Any) -> str:
    given = statement.get("version") if isinstance(statement, dict) else None
    return "2.0.0" if isinstance(given, str) and is_version_2_0(given) else "1.0.3"


def _stamp_problems(statement: dict[str, Any], started: datetime) -> Iterator[Problem]:
    remedy = "Import it without --keep-stored, which stamps it anew"
    stored = parse_timestamp(statement.get("stored", ""))
    if stored is None:
        yield Problem("/stored", "is missing, so there is nothing to keep", remedy, "xAPI Data 2.4.8")
    elif stored > started:
        yield Problem("/stored", "lies ahead of this server's clock", remedy, "xAPI Data 2.4.8")
    if "authority" not in statement:
        yield Problem("/authority", "is missing, so there is nothing to keep", remedy, "xAPI Data 2.4.9")


def _id_of_line(number: int, text: bytes) -> UUID:
    digest = blake2b(text.strip(), digest_size=16, salt=number.to_bytes(16, "big")).digest()
    return UUID(bytes=digest, version=5)
