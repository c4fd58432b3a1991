"""The SCIM 2.0 service that is offered: its Users, what it can do, and how much it forgives (RFC 7643, RFC 7644).

A User has the attributes that something is done with, and no others: what a provider sends beyond them (telephones,
photographs, home addresses) is accepted and not kept.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    External,
    Filter,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

MOST_RESULTS = 200
MOST_OPERATIONS = 500
LARGEST_BULK = 4 * 1024 * 1024

Exact = Annotated[str | None, CaseExact.true]


def _such_as(description: str, *examples: str) -> Any:
    """An optional text; ``examples`` are published as its canonical values."""
    return Field(None, description=description, examples=list(examples) or None)


class Name(ComplexAttribute):
    """RFC 7643 4.1.1, without the parts that no list of ours shows."""

    formatted: str | None = _such_as("The whole name")
    given_name: str | None = _such_as("The given name")
    family_name: str | None = _such_as("The family name")


class Email(ComplexAttribute):
    """RFC 7643 4.1.2."""

    value: str | None = _such_as("The address")
    type: str | None = _such_as("What it is used for", "work", "home", "other")
    primary: bool | None = Field(None, description="Whether results are matched under it; without one, that of work")


class User(Resource[AnyExtension]):
    """A person as an identity provider knows them."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = _such_as("What they sign in with")
    name: Name | None = None
    display_name: str | None = _such_as("The name where name is not given")
    title: str | None = _such_as("The job title")
    user_type: str | None = _such_as("The worker type, such as employee or contractor")
    timezone: str | None = _such_as("A name of the IANA time zone database", "Europe/London", "America/New_York")
    active: bool | None = Field(None, description="Whether they are employed; false ends the employment today")
    emails: list[Email] | None = None


class Manager(ComplexAttribute):
    """RFC 7643 4.3."""

    value: Exact = _such_as("The id of the manager's User")
    ref: Annotated[Reference[User[Any]] | None, Field(serialization_alias="$ref", validation_alias="$ref")] = None


class EnterpriseUser(Extension):
    """RFC 7643 4.3. The employee number on creation is the id of the User and of the person, for ever."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: Exact = _such_as("The id of the person in every roster, a text")
    department: str | None = _such_as("Requirements choose people by it")
    organization: str | None = _such_as("Kept, and not used")
    division: str | None = _such_as("Kept, and not used")
    cost_center: str | None = _such_as("Kept, and not used")
    manager: Manager | None = None


class Absence(ComplexAttribute):
    """A period away. Why is HR's secret: only long or short is kept of it."""

    first_day: str | None = _such_as("The first day away: YYYY-MM-DD", "2026-03-02")
    last_day: str | None = _such_as("The last day away; none while it is open", "2026-03-06")
    kind: str | None = _such_as("long (exempt whatever its length) or short", "long", "short")


class Employment(Extension):
    """What training records need to know of an employment."""

    __schema__ = URN("urn:lrs-bridge:scim:schemas:extension:employment:1.0:User")

    hire_date: str | None = _such_as("The first day of the current employment: YYYY-MM-DD", "2020-01-06")
    termination_date: str | None = _such_as("The last day employed: YYYY-MM-DD", "2199-12-31")
    job_code: Exact = _such_as("Requirements choose people by it")
    location: str | None = _such_as("Where they work")
    country: str | None = _such_as("Two letters of ISO 3166-1", "GB", "DE", "IN")
    lms_account: Exact = _such_as("The account as the statements of the LMS name it")
    absences: list[Absence] | None = None


ScimUser = User[EnterpriseUser | Employment]


def scim_provider(documentation: str = "") -> ScimProvider:
    """What is published on the discovery endpoints, and how requests are read.

    Providers are taken as they are: Microsoft Entra ID names entries that are not there yet in the filter of a path,
    and what to remove in the value.
    """
    return ScimProvider(
        models=[User, EnterpriseUser, Employment],
        resource_types=[ResourceType.from_resource(ScimUser)],
        config=ServiceProviderConfig(
            documentation_uri=Reference[External](documentation) if documentation else None,
            patch=Patch(supported=True),
            bulk=Bulk(supported=True, max_operations=MOST_OPERATIONS, max_payload_size=LARGEST_BULK),
            filter=Filter(supported=True, max_results=MOST_RESULTS),
            change_password=ChangePassword(supported=False),
            sort=Sort(supported=True),
            etag=ETag(supported=True),
            authentication_schemes=[
                AuthenticationScheme(
                    type=AuthenticationScheme.Type.oauthbearertoken,
                    name="Bearer token",
                    description="KEY.SECRET of a credential with the scope scim",
                    primary=True,
                ),
                AuthenticationScheme(
                    type=AuthenticationScheme.Type.httpbasic,
                    name="HTTP Basic",
                    description="Key and secret of a credential with the scope scim",
                ),
            ],
        ),
        policy=ScimPolicy(
            unknown=ScimPolicy.Unknown.ignore,
            remove_value_as_filter=ScimPolicy.RemoveValue.apply,
            unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
        ),
    )
