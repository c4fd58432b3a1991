"""An evidence pack that anybody touched does not verify, and says where; what it takes is a public key alone."""

from __future__ import annotations

import io
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.jwk import OKPKey

from lrs_bridge.errors import Refused, Unavailable
from lrs_bridge.feeds.evidence_pack_check import check_pack
from lrs_bridge.feeds.evidence_pack_seal import as_jwks, public_keys, seal
from lrs_bridge.services.evidence_keys import FOLDER, PRIVATE, rotate_key, signing_key, verification_keys
from lrs_bridge.settings import Settings
from tests.proven_company import Proven, files_of, opened_proven
from tests.test_cli import Terminal, run  # noqa: F401  a fixture

Files = dict[str, bytes]
OTHER = OKPKey.generate_key("Ed25519")
MANIFEST, SIGNATURE = "manifest.json", "manifest.json.jws"


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proven]:
    with opened_proven(tmp_path_factory.mktemp("checked")) as opened:
        yield opened


@pytest.fixture(scope="module")
def files(proven: Proven) -> Files:
    return files_of(proven.pack(requirement="course"))


def keys_of(proven: Proven) -> list[OKPKey]:
    return public_keys(json.dumps(as_jwks(verification_keys(proven.bridge.settings))).encode())


def zipped(files: Files) -> bytes:
    body = io.BytesIO()
    with ZipFile(body, "w", ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return body.getvalue()


def told(pack: bytes, keys: list[OKPKey]) -> dict[str, str]:
    return {problem.place: problem.reason for problem in check_pack(io.BytesIO(pack), keys).problems}


def test_a_pack_as_it_was_made_verifies(proven: Proven, files: Files) -> None:
    checked = check_pack(io.BytesIO(zipped(files)), keys_of(proven))
    assert checked.problems == ()
    assert (checked.manifest["subject"], checked.files) == ("course", len(files) - 2)


KINDS = (
    "pack.json", "index.html", "statuses.json", "statements.json", "identities.json", "exemptions.json",
    "launches.json", "requirements.json", "packages.json", "rosters.json", "requirements/course/1.json", "statements/",
)  # fmt: skip


def path_of(files: Files, kind: str) -> str:
    return next(path for path in files if path.startswith(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_one_byte_changed_in_each_kind_of_file(proven: Proven, files: Files, kind: str) -> None:
    path = path_of(files, kind)
    for place in {0, len(files[path]) // 2, len(files[path]) - 1}:
        content = bytearray(files[path])
        content[place] ^= 1
        assert told(zipped(files | {path: bytes(content)}), keys_of(proven)) == {path: "differs from what was signed"}


def test_every_kind_of_file_is_in_that_table(files: Files) -> None:
    assert all(path.startswith((*KINDS, MANIFEST, SIGNATURE)) for path in files)


@pytest.mark.parametrize("place", range(0, 181, 9))
def test_one_byte_changed_in_the_signature(proven: Proven, files: Files, place: int) -> None:
    for flipped in (1, 2):
        content = bytearray(files[SIGNATURE])
        content[min(place, len(content) - 1)] ^= flipped
        assert SIGNATURE in told(zipped(files | {SIGNATURE: bytes(content)}), keys_of(proven))


def test_the_last_letter_of_a_signature_has_bits_that_mean_nothing_and_must_be_right(
    proven: Proven, files: Files
) -> None:
    whole = files[SIGNATURE]
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    good = [
        one for one in letters if not told(zipped(files | {SIGNATURE: whole[:-2] + bytes([one, 10])}), keys_of(proven))
    ]
    assert bytes(good) == whole[-2:-1]


def changed_manifest(files: Files, change: Callable[[dict[str, object]], None]) -> bytes:
    plain = json.loads(files[MANIFEST])
    change(plain)
    return json.dumps(plain).encode()


def without(files: Files, *paths: str) -> Files:
    return {path: content for path, content in files.items() if path not in paths}


def resigned(files: Files) -> Files:
    """By somebody who has another key, and says that it is the right one."""
    body = files[MANIFEST].replace(b'"as_of"', b'"as_Of"')
    stolen = seal(body, OTHER)
    return files | {MANIFEST: body, SIGNATURE: files[SIGNATURE].split(b"..")[0] + b".." + stolen.split(b"..")[1]}


NOT_MINE = "is not the signature of this manifest.json by the key"
TAMPERED: list[tuple[str, Callable[[Files], Files], dict[str, str]]] = [
    ("removed", lambda f: without(f, "rosters.json"), {"rosters.json": "is missing"}),
    ("added", lambda f: f | {"more.json": b"[]"}, {"more.json": "is extra"}),
    ("a folder added", lambda f: f | {"statements/": b""}, {"statements/": "is extra"}),
    ("renamed", lambda f: without(f, "statuses.json") | {"Statuses.json": f["statuses.json"]},
     {"Statuses.json": "is extra", "statuses.json": "is missing"}),
    ("swapped", lambda f: f | {"packages.json": f["rosters.json"], "rosters.json": f["packages.json"]},
     {"packages.json": "differs", "rosters.json": "differs"}),
    ("emptied", lambda f: f | {"launches.json": b""}, {"launches.json": "differs"}),
    ("grown", lambda f: f | {"launches.json": f["launches.json"] + b" "}, {"launches.json": "differs"}),
    ("no manifest", lambda f: without(f, MANIFEST), {MANIFEST: "is "}),
    ("no signature", lambda f: without(f, SIGNATURE), {SIGNATURE: "is missing"}),
    ("another manifest", lambda f: f | {MANIFEST: f[MANIFEST].replace(b'"person"', b'"people"') + b" "},
     {SIGNATURE: NOT_MINE}),
    ("a file and its digest", lambda f: without(f, "rosters.json") | {MANIFEST: changed_manifest(
        f, lambda plain: plain.update(files=[one for one in plain["files"] if one["path"] != "rosters.json"]))},  # type: ignore[attr-defined]
     {SIGNATURE: NOT_MINE}),
    ("signed by another key", lambda f: f | {SIGNATURE: seal(f[MANIFEST], OTHER)}, {SIGNATURE: "is by the key"}),
    ("signed by another key in this one's name", resigned, {SIGNATURE: NOT_MINE}),
    ("the signature of another text", lambda f: f | {MANIFEST: b"{}"}, {SIGNATURE: NOT_MINE, MANIFEST: "is not"}),
    ("no JWS", lambda f: f | {SIGNATURE: b"signed by me\n"}, {SIGNATURE: "it is not a detached JWS"}),
    ("no JSON", lambda f: f | {MANIFEST: b"\xff"}, {MANIFEST: "is not the manifest"}),
    ("another format", lambda f: f | {MANIFEST: changed_manifest(f, lambda plain: plain.update(format="x/2"))},
     {MANIFEST: "is not the manifest"}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), [row[1:] for row in TAMPERED], ids=[row[0] for row in TAMPERED])
def test_what_was_tampered_with_is_told(
    proven: Proven, files: Files, change: Callable[[Files], Files], expected: dict[str, str]
) -> None:
    found = told(zipped(change(files)), keys_of(proven))
    assert expected.keys() <= found.keys()
    for path, words in expected.items():
        assert words in found[path]
    if MANIFEST not in expected:
        assert found.keys() == expected.keys()


def test_the_same_file_twice(proven: Proven, files: Files) -> None:
    body = io.BytesIO(zipped(files))
    with ZipFile(body, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("statuses.json", b"[]")
    assert told(body.getvalue(), keys_of(proven)) == {"statuses.json": "is in the zip 2 times"}


def test_a_zip_that_is_damaged_in_any_place_never_verifies_as_something_else(proven: Proven) -> None:
    """A changed byte is told, or stands where no file's name or content does (dates, the number of a version)."""
    pack, keys = proven.pack(person="090"), keys_of(proven)
    for place in range(0, len(pack), 251):
        damaged = bytearray(pack)
        damaged[place] ^= 0x10
        try:
            clean = not told(bytes(damaged), keys)
        except Refused:
            continue
        assert not clean or files_of(bytes(damaged)) == files_of(pack), place


@pytest.mark.parametrize("body", [b"", b"PK", b"no zip at all" * 99])
def test_no_zip_at_all(body: bytes) -> None:
    with pytest.raises(Refused, match="no zip file"):
        check_pack(io.BytesIO(body), [OTHER])


def test_a_small_file_that_unpacks_to_a_large_one_is_not_unpacked(proven: Proven, files: Files) -> None:
    bomb = zipped(files | {"launches.json": b"\0" * 50_000_000})
    assert told(bomb, keys_of(proven)) == {"launches.json": "differs from what was signed"}


def test_the_signature_is_checked_without_this_program_too(proven: Proven, files: Files) -> None:
    """As docs/compliance-officer.md does it: RFC 7515, appendix F, and plain Ed25519."""
    header, _, signature = files[SIGNATURE].strip().split(b".")
    signed = header + b"." + urlsafe_b64encode(files[MANIFEST]).rstrip(b"=")
    pem = verification_keys(proven.bridge.settings)[0].as_pem(private=False)
    key = load_pem_public_key(pem)
    assert isinstance(key, Ed25519PublicKey)
    key.verify(urlsafe_b64decode(signature + b"=="), signed)
    with pytest.raises(InvalidSignature):
        key.verify(urlsafe_b64decode(signature + b"=="), signed + b"A")
    told_files = {file["path"]: file["sha256"] for file in json.loads(files[MANIFEST])["files"]}
    assert told_files == {
        path: sha256(content).hexdigest() for path, content in without(files, MANIFEST, SIGNATURE).items()
    }


# --- keys


def settings_of(folder: Path) -> Settings:
    return Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(folder)})


def test_the_private_key_is_its_owners_alone_and_made_once(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "new")
    with ThreadPoolExecutor(8) as pool:
        made = {key.thumbprint() for key in pool.map(signing_key, [settings] * 16)}
    assert len(made) == 1
    private = tmp_path / "new" / FOLDER / PRIVATE
    assert private.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in private.parent.iterdir()) == sorted([PRIVATE, f"{made.pop()}.pem"])


def test_rotation_keeps_old_public_keys_and_no_old_private_one(proven: Proven) -> None:
    old, old_key = proven.pack(person="011"), signing_key(proven.bridge.settings)
    fresh = rotate_key(proven.bridge.settings)
    new = proven.pack(person="011")
    assert [key.thumbprint() for key in verification_keys(proven.bridge.settings)] == [
        fresh.thumbprint(), old_key.thumbprint(),
    ]  # fmt: skip
    served = proven.company.app.test_client().get("/evidence-packs/keys.json")
    keys = public_keys(served.data)
    assert b'"d"' not in served.data
    assert (told(old, keys), told(new, keys)) == ({}, {})
    assert "is by the key" in told(new, [old_key])[SIGNATURE]
    folder = proven.bridge.settings.data_dir / FOLDER
    assert sum(b"PRIVATE" in path.read_bytes() for path in folder.iterdir()) == 1


def test_a_damaged_key_is_told_and_not_replaced(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    signing_key(settings)
    (tmp_path / FOLDER / PRIVATE).write_text("gone")
    with pytest.raises(Unavailable, match="keys that sign evidence packs"):
        signing_key(settings)


NO_KEYS: list[tuple[bytes, str]] = [
    (OTHER.as_pem(private=True), "private key"),
    (json.dumps(OTHER.as_dict(private=True)).encode(), "private key"),
    (OKPKey.generate_key("X25519").as_pem(private=False), "no public key of the kind"),
    (b'{"keys": []}', "no public key of the kind"),
    (b'{"keys": [1]}', "no public key"),
    (b'{"kty": "oct", "k": "AAAA"}', "no public key"),
    (b"-----BEGIN PUBLIC KEY-----\nAAAA", "no public key"),
    (b"ssh-ed25519 AAAA", "no public key"),
    (b"\xff", "no public key"),
]


@pytest.mark.parametrize(("text", "words"), NO_KEYS)
def test_what_is_no_public_key(text: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        public_keys(text)


# --- the command line, and without this program


def test_the_command_line(run: Terminal, tmp_path: Path) -> None:  # noqa: F811
    roster, rules, pack = tmp_path / "people.csv", tmp_path / "rules.toml", tmp_path / "q1.zip"
    roster.write_text("employee_id,given_name,family_name,hire_date\n000123,Sam,Okoro,2020-02-03\n")
    rules.write_text('[[requirement]]\nid = "a"\ntitle = "A"\n[[requirement.module]]\nactivity = "https://x.example/a"')
    assert run("roster", "import", roster).code == 0
    assert run("requirements", "import", rules).code == 0
    done = run("evidence", "pack", pack, "--person", "000123", "--format", "json")
    assert (done.code, done.json["kind"]) == (0, "person")
    assert pack.stat().st_mode & 0o777 == 0o600
    refused = run("evidence", "pack", pack, "--person", "000123")
    assert (refused.code, "is there already" in refused.err) == (1, True)
    again = tmp_path / "again.zip"
    assert run("evidence", "pack", again, "--person", "000123", "--known-at", done.json["known_at"]).code == 0
    assert again.read_bytes() == pack.read_bytes()
    for query in ([], ["--person", "1", "--manager", "2"], ["--person", "1", "--known-at", "soon"]):
        assert run("evidence", "pack", tmp_path / "x.zip", *query).code == 2
    assert run("evidence", "pack", tmp_path / "x.zip", "--person", "999").code == 1
    assert run("evidence", "pack", tmp_path / "none" / "x.zip", "--person", "000123").code == 1
    assert not list(tmp_path.glob("*x.zip"))

    pem, jwks = tmp_path / "public.pem", tmp_path / "jwks.json"
    pem.write_text(run("evidence", "key").out)
    jwks.write_text(run("evidence", "key", "--format", "jwks", "--rotate").out)
    assert len(json.loads(jwks.read_text())["keys"]) == 2
    for key in (pem, jwks):
        good = run("evidence", "verify", pack, "--key", key)
        assert (good.code, "is genuine" in good.out) == (0, True), good.err
    files = files_of(pack.read_bytes())
    pack.write_bytes(zipped(without(files, "rosters.json") | {"index.html": b"", "more": b""}))
    bad = run("evidence", "verify", pack, "--key", pem)
    assert bad.code == 1
    for words in ("rosters.json: is missing", "index.html: differs", "more: is extra"):
        assert words in bad.err
    assert run("evidence", "verify", again, "--key", again).code == 1
