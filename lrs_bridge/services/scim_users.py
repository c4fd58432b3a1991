"""Users as SCIM reads and writes them. Each operation is one transaction, and each write a push to the roster."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from scim2_models import (
    InvalidValueException,
    Meta,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    ScimFilter,
    SearchRequest,
    UniquenessException,
)
from scim2_models.path import CompareOperator, Comparison
from scim2_server.storage import ScimStorage, SearchPage

from lrs_bridge.roster import cells
from lrs_bridge.roster.sheets import Fault
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.refresh_compliance import today
from lrs_bridge.services.rematch import match_stragglers
from lrs_bridge.services.scim_columns import Values, bring_up_to_date, called, keep_only_lengths, name_key, values_of
from lrs_bridge.services.scim_models import EnterpriseUser, ScimUser
from lrs_bridge.services.scim_push import Pushed, on_record, push
from lrs_bridge.storage import rosters, scim_users
from lrs_bridge.storage.people import person_key

log = logging.getLogger(__name__)
LOOKED_UP = {"username": "user_name_key", "externalid": "external_id"}


class ScimUsers(ScimStorage):
    """The storage of one request. ``who`` is told in the history; ``writes`` says which transactions to open."""

    def __init__(self, bridge: Bridge, who: str, *, at: datetime, writes: bool) -> None:
        self._bridge = bridge
        self._who = who
        self._at = at
        self._writes = writes
        self._open: sa.Connection | None = None
        self._keys: set[UUID] = set()

    @contextmanager
    def operation(self) -> Iterator[None]:
        database = self._bridge.database
        self._keys = set()
        with database.writing() if self._writes else database.reading() as connection:
            if self._writes:
                rosters.one_at_a_time(connection)
            self._open = connection
            try:
                yield
            finally:
                self._open = None
        match_stragglers(database, self._keys)

    @property
    def _connection(self) -> sa.Connection:
        return cast(sa.Connection, self._open)  # the library calls every method inside operation()

    def get(
        self,
        resource_type: ResourceType,  # noqa: ARG002 - there is only one
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,  # noqa: ARG002 - the service leaves out the rest
    ) -> Resource[Any]:
        return self._shown([self._row(resource_id)])[0]

    def search(
        self,
        resource_types: list[ResourceType],  # noqa: ARG002
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002 - pages are counted
    ) -> SearchPage:
        wanted = search_request.filter
        offset, count = search_request.start_index_0 or 0, search_request.count
        if wanted is None and not search_request.sort_by:
            rows = scim_users.users(self._connection, offset=offset, limit=count)
            return SearchPage(scim_users.count_users(self._connection), [*self._shown(rows)])
        found: list[Resource[Any]] = [
            user for user in self._shown(self._candidates(wanted)) if wanted is None or wanted.match(user)
        ]
        ordered = search_request.sort(found) if search_request.sort_by else found
        return SearchPage(len(found), ordered[offset : None if count is None else offset + count])

    def _candidates(self, wanted: ScimFilter[Any] | None) -> Sequence[sa.Row[Any]]:
        """What a filter may keep: of the look-ups that every provider makes before each push, one row and not all."""
        node = wanted.ast if wanted is not None else None
        if wanted is not None and isinstance(node, Comparison) and node.op == CompareOperator.eq:
            attribute = wanted.resolve_comparison(node.attr_path, strict=False)
            name = attribute.urn.rpartition(":")[2].casefold() if attribute else ""
            if isinstance(node.value, str) and name in LOOKED_UP:
                value = name_key(node.value) if name == "username" else node.value
                return scim_users.users_named(self._connection, LOOKED_UP[name], value)
        return scim_users.users(self._connection)

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:  # noqa: ARG002
        """Of somebody whom a roster knows already, what the provider leaves out stays as it is."""
        user = cast(ScimUser, resource.model_copy(deep=True))
        user.id = self._employee_id(user)
        if scim_users.user_of_id(self._connection, user.id) is not None:
            raise UniquenessException(detail=f"There is a User {user.id} already")
        record = on_record(self._connection, [person_key(user.id)]).get(person_key(user.id))
        before: Values = {}
        was_active = None
        if record is not None and (spell := record.known.spell):
            before = {column: record.values[column] if said else said for column, said in values_of(user).items()}
            was_active = False if spell.period.last and spell.period.last <= self._at.date() else None
        return self._write(user, before, was_active=was_active, created=self._at)

    def _employee_id(self, user: ScimUser) -> str:
        """The employee number; without one, of somebody whose account or address this is, or what they sign in with."""
        enterprise = user[EnterpriseUser]
        given = (enterprise.employee_number if enterprise else None) or self._recognised(user) or user.user_name or ""
        checked = cells.text_id(given)
        if isinstance(checked, Fault) or "/" in given or given != given.strip():
            raise InvalidValueException(detail=f"employeeNumber {given!r} cannot be the id of a person")
        return given

    def _recognised(self, user: ScimUser) -> str:
        values = values_of(user)
        kinds = (("lms_account", values["lms_account"]), ("lms_account", user.user_name), ("email", user.user_name),
                 ("email", values["email"]))  # fmt: skip
        for kind, value in kinds:
            owners = scim_users.employee_ids_of(self._connection, kind, value) if value else set()
            if len(owners) == 1 and scim_users.user_of_id(self._connection, min(owners)) is None:
                return min(owners)
        return ""

    def update(
        self,
        resource_type: ResourceType,  # noqa: ARG002
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        user = cast(ScimUser, resource.model_copy(deep=True))
        row, current = self._current(str(user.id), expected_version)
        self._check_number(current, user)
        before = values_of(current) if on_record(self._connection, [row.person_id]) else {}
        return self._write(user, before, was_active=current.active, created=row.created)

    def delete(
        self,
        resource_type: ResourceType,  # noqa: ARG002
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        row, current = self._current(resource_id, expected_version)
        values = values_of(current)
        if on_record(self._connection, [row.person_id]):
            gone = Pushed(resource_id, values, values, was_active=True, active=False)
            self._keys |= push(self._bridge, self._connection, gone, who=self._who, at=self._at)
        scim_users.forget_user(self._connection, row.person_id, at=self._at)

    def _current(self, resource_id: str, expected: str | None) -> tuple[sa.Row[Any], ScimUser]:
        row = self._row(resource_id)
        (current,) = self._shown([row])
        if expected is not None and current.meta is not None and current.meta.version != expected:
            raise PreconditionFailedException
        return row, current

    def _check_number(self, current: ScimUser, user: ScimUser) -> None:
        """The number on creation was the id of the person; another one later is kept, and makes nobody another."""
        had, has = (one[EnterpriseUser] for one in (current, user))
        number = has.employee_number if has else None
        if not number or number in {user.id, had.employee_number if had else None}:
            return
        if on_record(self._connection, [person_key(number)]):
            raise UniquenessException(detail=f"employeeNumber {number} is another person's; merge the two by hand")
        log.warning("User %s has the employeeNumber %s now; rosters go on with %s", user.id, number, user.id)

    def _write(self, user: ScimUser, before: Values, *, was_active: bool | None, created: datetime) -> ScimUser:
        key, person_id = name_key(user.user_name or ""), person_key(str(user.id))
        if any(row.person_id != person_id for row in scim_users.users_named(self._connection, "user_name_key", key)):
            raise UniquenessException(detail=f"userName {user.user_name} is that of another User")
        after = values_of(user)
        after["manager_id"] = self._manager(after["manager_id"])
        if before:
            before = before | {"manager_id": self._manager(before.get("manager_id", ""))}
        pushed = Pushed(str(user.id), before, after, was_active, user.active, called(user))
        self._keys |= push(self._bridge, self._connection, pushed, who=self._who, at=self._at)
        keep_only_lengths(user, after)
        record = on_record(self._connection, [person_id]).get(person_id)
        scim_users.keep_user(
            self._connection,
            {
                "person_id": person_id,
                "resource_id": user.id,
                "user_name_key": key,
                "external_id": user.external_id or "",
                "document": {name: value for name, value in user.model_dump().items() if name not in {"id", "meta"}},
                "told": record.values if record else {},
                "created": created,
                "modified": self._at,
                "deleted": None,
            },
        )
        return self._shown([self._row(str(user.id))])[0]

    def _manager(self, said: str) -> str:
        """Providers name a manager by the id of a User, or by what they sign in with."""
        if not said or scim_users.user_of_id(self._connection, said) is not None:
            return said
        named = scim_users.users_named(self._connection, "user_name_key", name_key(said))
        return str(named[0].resource_id) if named else said

    def _row(self, resource_id: str) -> sa.Row[Any]:
        row = scim_users.user_of_id(self._connection, resource_id)
        if row is None:
            raise NotFoundException(detail=f"There is no User {resource_id!r}")
        return row

    def _shown(self, rows: Sequence[sa.Row[Any]]) -> list[ScimUser]:
        """The Users of these rows, up to date."""
        records = on_record(self._connection, [row.person_id for row in rows])
        users = []
        for row in rows:
            user = ScimUser.model_validate(row.document)
            user.id = row.resource_id
            if record := records.get(row.person_id):
                day = today(record.known.time_zone or "UTC", self._at)
                bring_up_to_date(user, row.told, record, day)
            version = sha256(orjson.dumps(user.model_dump(), option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
            user.meta = Meta(
                resource_type="User", created=row.created, last_modified=row.modified, version=f'W/"{version}"'
            )
            users.append(user)
        return users
