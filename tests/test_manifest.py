"""plugin_manifest.xml: what is declared is read; what is wrong is refused with its line; what is served is true."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from lrs_bridge import __version__
from lrs_bridge.errors import ManifestInvalid
from lrs_bridge.manifest import BUILT, Endpoint, Feed, Manifest, default_manifest_path, load_manifest, served

SHIPPED = default_manifest_path().read_text(encoding="utf-8")
SCHEMA = Path(load_manifest.__code__.co_filename).with_name("link.xsd")
PLUGIN = "{https://lrs-bridge.dev/ns/plugin/1}"
BLTI = "{http://www.imsglobal.org/xsd/imsbasiclti_v1p0}"
WITH_LTI = replace(BUILT, lti=True)


def changed(old: str, new: str) -> str:
    assert SHIPPED.count(old) == 1, old
    return SHIPPED.replace(old, new)


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "plugin_manifest.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(folder: Path, text: str | bytes) -> ManifestInvalid:
    with pytest.raises(ManifestInvalid) as refused:
        load_manifest(written(folder, text))
    return refused.value


@pytest.fixture
def shipped() -> Manifest:
    return load_manifest(default_manifest_path())


def test_the_shipped_manifest_says_what_this_version_does(shipped: Manifest) -> None:
    assert (shipped.title, shipped.vendor) == ("LRS Bridge", "LRS Bridge")
    assert shipped.xapi is not None
    assert (shipped.xapi.path, shipped.xapi.versions, shipped.xapi.auth) == (
        "/xapi",
        ("1.0.3", "2.0.0"),
        ("basic", "oauth2"),
    )
    assert set(shipped.standards) >= {"scorm12", "xapi", "aicc"}
    formats = ("json", "csv", "xlsx", "atom", "ics", "parquet")
    assert shipped.feed("compliance") == Feed("compliance", "/feeds/compliance", formats)
    assert shipped.endpoint("runtime") == Endpoint("runtime", "/runtime", "content")
    assert shipped.lti is not None
    assert not shipped.lti.enabled
    assert [message.type for message in shipped.lti.messages] == ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]
    assert shipped.lti.messages[1].placements == ("ContentArea",)
    assert len(shipped.lti.scopes) == 4


FEEDS = SHIPPED[SHIPPED.index("    <feed ") : SHIPPED.rindex("</feed>\n") + len("</feed>\n")]


@pytest.mark.parametrize(
    ("taken", "what"),
    [
        (FEEDS, "feeds"),
        ('    <page name="manage" path="/manage"/>\n    <page name="admin" path="/admin"/>\n', "pages"),
    ],
)
def test_an_entry_taken_away_is_gone(tmp_path: Path, taken: str, what: str) -> None:
    manifest = load_manifest(written(tmp_path, changed(taken, "")))
    assert getattr(manifest, what) == ()


def test_one_format_taken_away_is_gone(tmp_path: Path) -> None:
    manifest = load_manifest(written(tmp_path, changed("      <format>ics</format>\n", "")))
    assert manifest.feeds[0].formats == ("json", "csv", "xlsx", "atom", "parquet")


BROKEN = [
    # taken out, put in, text that stands in the line named, words
    ('path="/manage"', 'path="manage"', 'path="manage"', "'manage' is not accepted"),
    ('path="/manage"', 'path="/manage/"', 'path="/manage/"', "'/manage/' is not accepted"),
    ('path="/manage"', 'path="/a/../b"', "/a/../b", "'/a/../b' is not accepted"),
    ('path="/manage"', 'path="/xapi"', "page name", "the path '/xapi' is already used in line 41"),
    ('path="/launches"', 'path="/lti/jwks"', 'endpoint name="launches', "the path '/lti/jwks' is already used"),
    (' path="/packages"', "", "<packages", "The attribute 'path' is required but missing"),
    ("<format>ics</format>", "<format>pdf</format>", "pdf", "feed/format 'pdf' is not served by this version"),
    ("<format>ics</format>", "<format>json</format>", "<format>json</format>\n      <format>parq", "the format 'json'"),
    ('aggregates">', 'aggregates"><format>ics</format>', "aggregates", "aggregates as 'ics' is not served"),
    ("<version>2.0.0</version>", "<version>2.1.0</version>", "2.1.0", "xapi/version '2.1.0' is not served"),
    ("<auth>basic</auth>", "<auth>kerberos</auth>", "kerberos", "xapi/auth 'kerberos' is not served"),
    ("<standard>scorm12</standard>", "<standard>mp4</standard>", "mp4", "packages/standard 'mp4' is not served"),
    ('name="compliance"', 'name="payroll"', "payroll", "feed 'payroll' is not served"),
    ('name="health"', 'name="shell"', "shell", "endpoint 'shell' is not served"),
    ('name="health"', 'name="launches"', '"launches" path="/health"', "the endpoint name 'launches' is already used"),
    (' path="/runtime" origin="content"', ' path="/runtime"', "runtime", "'runtime' belongs on the content origin"),
    ('path="/health"', 'path="/health" origin="content"', "health", "'health' belongs on the public origin"),
    ('enabled="false"', 'enabled="true"', "<lti ", "LTI is enabled, but this version does not serve it"),
    ('enabled="false"', 'enabled="no"', "<lti ", "'no' is not a valid value of the atomic type 'xs:boolean'"),
    ('version="1.3.0"', 'version="1.1"', "<lti ", "'1.1' does not match the fixed value constraint '1.3.0'"),
    ('type="LtiDeepLinkingRequest"', 'type="LtiHug"', "LtiHug", "'LtiHug' is not an element of the set"),
    ("scope/score<", "scope/everything<", "scope/everything", "scope/everything' is not an element of the set"),
    (
        "https://bridge.invalid/lti/launch<",
        "https://evil.example/lti/launch<",
        "evil.example",
        "is not that of the lti",
    ),
    ("https://bridge.invalid/lti/launch<", "/lti/launch<", "secure_launch_url>/lti", "is not that of the lti element"),
    ("<blti:title>LRS Bridge</blti:title>", "", "<blti:description", "Expected is ( title )"),
    ("<lticp:code>lrs-bridge</lticp:code>", "", "<lticp:name", "Expected is ( code )"),
    ("<auth>basic</auth>", "<colour>red</colour>", "colour", "Element 'colour': This element is not expected"),
    ('<page name="manage"', '<page colour="red" name="manage"', "colour", "The attribute 'colour' is not allowed"),
    ('plugin xmlns="https://lrs-bridge.dev/ns/plugin/1"', 'plugin xmlns="urn:x"', "urn:x", "plugin': This element"),
    ("</plugin>", "</plugged>", "</plugged>", "is not well-formed XML"),
    ("LRS Bridge</blti:title>", "&secret;</blti:title>", "&secret;", "Entity 'secret' not defined"),
]


@pytest.mark.parametrize(("old", "new", "where", "words"), BROKEN)
def test_a_wrong_manifest_is_refused_with_its_line(tmp_path: Path, old: str, new: str, where: str, words: str) -> None:
    text = changed(old, new)
    line = text[: text.index(where)].count("\n") + 1
    refused = refusal(tmp_path, text)
    assert [p.place for p in refused.problems if words in p.reason] == [f"plugin_manifest.xml:{line}"], refused
    assert all(problem.remedy for problem in refused.problems)
    assert words in str(refused)


def test_every_problem_is_told_at_once_and_in_order(tmp_path: Path) -> None:
    text = changed("<format>ics</format>", "<format>pdf</format>").replace('path="/manage"', 'path="manage"')
    text = text.replace("<auth>basic</auth>", "<auth>telepathy</auth>")
    reasons = [problem.reason for problem in refusal(tmp_path, text).problems]
    assert [word for reason in reasons for word in ("telepathy", "pdf", "manage") if f"'{word}'" in reason] == [
        "telepathy",
        "pdf",
        "manage",
    ]


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE cartridge_basiclti_link>",
        '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY secret "&b;&b;&b;">]>',
    ],
)
def test_a_document_type_or_entity_is_refused(tmp_path: Path, doctype: str) -> None:
    text = changed("<!--\n  What this", f"{doctype}\n<!--\n  What this").replace(
        "LRS Bridge</blti:title>", "&secret;</blti:title>" if "secret" in doctype else "x</blti:title>"
    )
    refused = refusal(tmp_path, text)
    assert refused.problems[0].place == "plugin_manifest.xml:2"
    assert "document type declaration" in refused.problems[0].reason


@pytest.mark.parametrize("text", ["", "not xml", "<html/>", '<plugin xmlns="https://lrs-bridge.dev/ns/plugin/1"/>'])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text).problems[0].place == "plugin_manifest.xml:1"


def test_a_missing_file_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ManifestInvalid, match="cannot be read: No such file") as refused:
        load_manifest(tmp_path / "plugin_manifest.xml")
    assert "LRS_BRIDGE_MANIFEST" in refused.value.remedy


def checked(document: bytes) -> etree._Element:
    link = etree.fromstring(document)
    etree.XMLSchema(file=str(SCHEMA)).assertValid(link)
    return link


def test_served_has_absolute_addresses_on_the_right_origin(shipped: Manifest) -> None:
    link = checked(served(shipped, "https://bridge.example.com", "https://content.example.com"))
    plugin = link.find(f"{PLUGIN}plugin")
    assert plugin is not None
    assert plugin.get("version") == __version__
    urls = {element.get("path"): element.get("url") for element in plugin if element.get("path")}
    assert urls["/feeds/compliance"] == "https://bridge.example.com/feeds/compliance"
    assert urls["/xapi"] == "https://bridge.example.com/xapi"
    assert urls["/play"] == "https://content.example.com/play"
    assert None not in urls.values()


def test_served_names_no_launch_that_is_not_mounted(shipped: Manifest) -> None:
    document = served(shipped, "https://bridge.example.com", "https://content.example.com")
    assert b"launch_url" not in document
    assert b"bridge.invalid" not in document
    assert b"https://bridge.example.com/lti" not in document


@pytest.mark.parametrize(
    ("public_url", "element"),
    [("https://bridge.example.com", "secure_launch_url"), ("http://localhost:8000", "launch_url")],
)
def test_served_names_the_launch_of_an_enabled_lti(tmp_path: Path, public_url: str, element: str) -> None:
    manifest = load_manifest(written(tmp_path, changed('enabled="false"', 'enabled="true"')), WITH_LTI)
    assert manifest.lti is not None
    assert manifest.lti.enabled
    link = checked(served(manifest, public_url, "https://content.example.com"))
    assert link.findtext(f"{BLTI}{element}") == f"{public_url}/lti/launch"
    jwks = link.find(f"{PLUGIN}plugin/{PLUGIN}lti/{PLUGIN}jwks")
    assert jwks is not None
    assert jwks.get("url") == f"{public_url}/lti/jwks"


def test_a_manifest_without_lti_needs_no_launch_address(tmp_path: Path) -> None:
    start, end = SHIPPED.index("    <lti "), SHIPPED.index("    <xapi")
    without = SHIPPED[:start] + SHIPPED[end:]
    assert "add the lti element" in str(refusal(tmp_path, without))
    launch = "  <blti:secure_launch_url>https://bridge.invalid/lti/launch</blti:secure_launch_url>\n"
    assert load_manifest(written(tmp_path, without.replace(launch, ""))).lti is None
