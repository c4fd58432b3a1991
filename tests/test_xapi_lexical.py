"""The formats of strings, by table: the public conformance tests look at few of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs_bridge.xapi import lexical
from lrs_bridge.xapi.instants import is_timestamp, parse_timestamp, render_instant

GOOD_IRIS = [
    "http://example.com",
    "http://example.com/",
    "https://example.com:8443/a/b?c=d&e=f#g",
    "HTTP://EXAMPLE.COM/",
    "http://example.com?query",
    "http://example.com#fragment",
    "http://example.com/a?b?c/d",
    "http://user:pass@example.com/",
    "http://127.0.0.1:8085/mod/quiz/attempt.php?attempt=1&cmid=27",
    "http://[2001:db8::1]:80/x",
    "http://localhost/a;b=1,2/(c)!*'$",
    "http://example.com/%C3%A9",
    "http://example.com/فعل/خواندن",
    "http://例え.テスト/引き割り.html",
    "http://example.com/学习#段",
    "http://example.com/\U00020000",
    "http://example.com/?q=\ue000",
    "urn:uuid:6690e6c9-3ef0-4ed3-8b37-7f3964730bee",
    "urn:isbn:0451450523",
    "tag:example.com,2026:course/1",
    "mailto:a@example.com",
    "act:plain",
    "info:doi/10.1000/182",
    "file:///srv/course",
    "x-y+z.1:anything",
    "a:",
    "a:/",
    "a:b:c",
    "tel:+44-20-7946-0000",
]
BAD_IRIS = [
    "",
    " ",
    "example",
    "example.com/verbs/did",
    "www.example.com",
    "/relative",
    "//example.com/a",
    "#fragment",
    "?query",
    ":nothing",
    "1http://example.com",
    "ab=c://should.fail.com",
    "-a:b",
    "ht tp://example.com",
    " http://example.com",
    "http://example.com ",
    "http://example.com\n",
    "http://example.com/a b",
    "http://exam ple.com",
    "http://example.com/\t",
    "http://example.com/\x00",
    "http://example.com/\x7f",
    "http://example.com/<a>",
    'http://example.com/"a"',
    "http://example.com/{a}",
    "http://example.com/a|b",
    "http://example.com/a\\b",
    "http://example.com/a^b",
    "http://example.com/`a`",
    "http://example.com/a[0]",
    "http://example.com/%",
    "http://example.com/%zz",
    "http://example.com/%4",
    "http://example.com/a#b#c",
    "http://example.com:port/",
    "http://[not-ipv6]/",
    "http://[::1/",
    "http:",
    "http:/example.com",
    "http:example.com",
    "http://",
    "https:///path",
    "http://:80/",
    "http://?q",
    "http://user@/",
    "urn:",
    "urn:x",
    "urn:isbn:",
    "urn:-a:b",
    "http://example.com/\u202e",
    "http://example.com/\ue000",
    "http://example.com/\ufffe",
    "http://example.com/\ud800",
    "C:\\courses\\1",
]


@pytest.mark.parametrize("text", GOOD_IRIS)
def test_iri(text: str) -> None:
    assert lexical.is_iri(text)
    assert lexical.is_irl(text)
    assert lexical.is_uri(text) == text.isascii()


@pytest.mark.parametrize("text", BAD_IRIS)
def test_no_iri(text: str) -> None:
    assert not lexical.is_iri(text)
    assert not lexical.is_uri(text)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("mailto:a@example.com", True),
        ("mailto:Mary-Jane.O'Brien+tag@mail.example.co.uk", True),
        ("mailto:a@localhost", True),
        ("mailto:a_b/c=d{e}|f~g^h`i@example.com", True),
        ("mailto:søren@bücher.example", True),
        ("mailto:a%22b@example.com", True),
        ("mailto:a@[192.0.2.1]", True),
        ("mailto:a@EXAMPLE.com", True),
        ("mailto:1@2.example", True),
        ("mailto:a@my_host.example", True),
        ("", False),
        ("a@example.com", False),
        ("MAILTO:a@example.com", False),
        ("mailto:", False),
        ("mailto:a", False),
        ("mailto:@example.com", False),
        ("mailto:a@", False),
        ("mailto:should.fail.com", False),
        ("mailto: a@example.com", False),
        ("mailto:a@example.com ", False),
        ("mailto:a@example.com\n", False),
        ("mailto:a b@example.com", False),
        ("mailto:a@b@example.com", False),
        ("mailto:a..b@example.com", False),
        ("mailto:.a@example.com", False),
        ("mailto:a.@example.com", False),
        ("mailto:a@example..com", False),
        ("mailto:a@.example.com", False),
        ("mailto:a@-example.com", False),
        ("mailto:a@example-.com", False),
        ("mailto:a@example.com,b@example.com", False),
        ("mailto:a@example.com?subject=x", False),
        ("mailto:<a@example.com>", False),
        ("mailto:A Name <a@example.com>", False),
        ("mailto://a@example.com", False),
        ("http://a@example.com", False),
    ],
)
def test_mailto(text: str, good: bool) -> None:
    assert lexical.is_mailto(text) == good


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("6690e6c9-3ef0-4ed3-8b37-7f3964730bee", True),
        ("6690E6C9-3EF0-4ED3-8B37-7F3964730BEE", True),
        ("00000000-0000-0000-0000-000000000000", True),
        ("12345678-1234-5678-1234-567812345678", True),  # the specification's own example: not of variant 2
        ("018f3f5e-0000-7000-8000-000000000000", True),
        ("", False),
        ("6690e6c93ef04ed38b377f3964730bee", False),
        ("{6690e6c9-3ef0-4ed3-8b37-7f3964730bee}", False),
        ("urn:uuid:6690e6c9-3ef0-4ed3-8b37-7f3964730bee", False),
        ("6690e6c9-3ef0-4ed3-8b37-7f3964730bee\n", False),
        (" 6690e6c9-3ef0-4ed3-8b37-7f3964730bee", False),
        ("6690e6c9-3ef0-4ed3-8b37-7f3964730be", False),
        ("6690e6c9-3ef0-4ed3-8b37-7f3964730bee0", False),
        ("g690e6c9-3ef0-4ed3-8b37-7f3964730bee", False),
        ("6690e6c93-ef0-4ed3-8b37-7f3964730bee", False),
        ("٦690e6c9-3ef0-4ed3-8b37-7f3964730bee", False),
    ],
)
def test_uuid(text: str, good: bool) -> None:
    assert lexical.is_uuid(text) == good


@pytest.mark.parametrize(
    ("text", "good"),
    [
        *[(tag, True) for tag in ("de", "en", "EN", "cmn", "und", "tlh", "qaa", "en-US", "es-419", "de-DE", "zh-Hant")],
        *[(tag, True) for tag in ("sr-Latn-RS", "zh-cmn-Hans-CN", "yue-HK", "sl-rozaj-biske", "de-CH-1901", "fr-CA")],
        *[
            (tag, True)
            for tag in ("sl-IT-nedis", "hy-Latn-IT-arevela", "de-1996", "en-a-myext-b-another", "x-whatever")
        ],
        *[(tag, True) for tag in ("en-u-islamcal", "zh-CN-a-myext-x-private", "de-Qaaa", "i-klingon", "EN-GB-OED")],
        *[
            (tag, True)
            for tag in (
                "zh-min-nan",
                "es-MX-united-kingdoms",
                "art-lojban",
                "sgn-BE-FR",
                "abcde",
                "abcdefgh",
                "abcd",
                "en-x-a",
            )
        ],
        *[(tag, False) for tag in ("", "e", "1", "english!", "something", "a12345678", "a12345", "en_US", "en US")],
        *[(tag, False) for tag in ("-en", "en-", "en--US", "en-US-", "en-x", "x", "x-", "i-nothing", "en-U", "en-12")],
        *[(tag, False) for tag in ("de-419-DE", "en-a", "en-a-b", "ar-a-aaa-b-bbb-a-ccc", "de-DE-1901-1901")],
        *[(tag, False) for tag in ("zh-z-aaa-z-bbb-c-ccc", "en-GB\n", " en", "en-GB-oed-x")],
        *[(tag, False) for tag in ("日本語", "fr-٤١٩", "abcdefghi", "en-abcdefghi")],
    ],
)
def test_language_tag(text: str, good: bool) -> None:
    assert lexical.is_language_tag(text) == good


@pytest.mark.parametrize(
    ("text", "good"),
    [
        *[(d, True) for d in ("PT4H35M59.14S", "PT16559.14S", "P3Y1M29DT4H35M59.14S", "P3Y", "P4W", "PT1H0M0.1S")],
        *[(d, True) for d in ("PT0S", "P0D", "PT1M", "P1M", "P1Y2M", "P1DT1H", "PT36H", "P1YT1S", "PT0,5S", "P0.5Y")],
        *[(d, True) for d in ("P1.5D", "P4.5W", "PT1H30.25M", "P0000Y", "PT00H00M01S", "PT1234567890S", "P1Y1D")],
        *[(d, False) for d in ("", "P", "PT", "P1", "1D", "T1S", "P1DT", "PA1H0M0S", "P4W1D", "P1Y4W", "P1S", "PT1D")],
        *[(d, False) for d in ("PT1S1M", "P1D1M", "-P1D", "P-1D", "+P1D", "p1d", "pt1s", "PT1.5H30M", "P1.5DT1H")],
        *[
            (d, False)
            for d in ("PT.5S", "PT5.S", "PT1..5S", "PT1.5.5S", " PT1S", "PT1S ", "PT1S\n", "PT 1S", "90", "1:30")
        ],
        *[(d, False) for d in ("P0003-06-04T12:30:05", "P00030604T123005", "PT1H1H", "PTS", "PT١S", "should fail")],
    ],
)
def test_duration(text: str, good: bool) -> None:
    assert lexical.is_duration(text) == good


@pytest.mark.parametrize(
    ("predicate", "text", "good"),
    [
        (lexical.is_sha1, "ebd31e95054c018b10727ccffd2ef2ec3a016ee9", True),
        (lexical.is_sha1, "EBD31E95054C018B10727CCFFD2EF2EC3A016EE9", True),
        (lexical.is_sha1, "ebd31e95054c018b10727ccffd2ef2ec3a016ee", False),
        (lexical.is_sha1, "ebd31e95054c018b10727ccffd2ef2ec3a016ee9\n", False),
        (lexical.is_sha1, "", False),
        *[(lexical.is_sha2, "a" * length, length in (56, 64, 96, 128)) for length in (0, 40, 56, 63, 64, 65, 96, 128)],
        (lexical.is_sha2, "g" * 64, False),
        (lexical.is_media_type, "text/plain", True),
        (lexical.is_media_type, "text/plain; charset=ascii", True),
        (lexical.is_media_type, 'multipart/mixed;boundary="a b;c"', True),
        (lexical.is_media_type, "application/vnd.example+json ; v=1 ; w=2", True),
        (lexical.is_media_type, "text/plain;", True),
        (lexical.is_media_type, "", False),
        (lexical.is_media_type, "text", False),
        (lexical.is_media_type, "text/", False),
        (lexical.is_media_type, "/plain", False),
        (lexical.is_media_type, "text/plain charset=ascii", False),
        (lexical.is_media_type, "text/plain; charset", False),
        (lexical.is_media_type, "text/plain\n", False),
        (lexical.is_media_type, "text/plain" + ";    " * 5000 + "!", False),  # answered at once, not by trying all ways
        (lexical.is_version_1_0, "1.0", True),
        (lexical.is_version_1_0, "1.0.0", True),
        (lexical.is_version_1_0, "1.0.37", True),
        (lexical.is_version_1_0, "1.0.4-beta", True),
        (lexical.is_version_1_0, "1.0.", False),
        (lexical.is_version_1_0, "1.0.x", False),
        (lexical.is_version_1_0, "1.00", False),
        (lexical.is_version_1_0, "1", False),
        (lexical.is_version_1_0, "1.1.0", False),
        (lexical.is_version_1_0, "0.95", False),
        (lexical.is_version_1_0, "2.0.0", False),
        (lexical.is_version_1_0, " 1.0.0", False),
    ],
)
def test_small_formats(predicate: object, text: str, good: bool) -> None:
    assert callable(predicate)
    assert predicate(text) == good


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-31T09:30:00Z", utc(2026, 3, 31, 9, 30)),
        ("2026-03-31T09:30:00.1Z", utc(2026, 3, 31, 9, 30, 0, 100_000)),
        ("2026-03-31T09:30:00.123456Z", utc(2026, 3, 31, 9, 30, 0, 123_456)),
        ("2026-03-31T09:30:00.1234567890123Z", utc(2026, 3, 31, 9, 30, 0, 123_456)),
        ("2026-03-31T09:30:00,5Z", utc(2026, 3, 31, 9, 30, 0, 500_000)),
        ("2026-03-31t09:30:00z", utc(2026, 3, 31, 9, 30)),
        ("2026-03-31T09:30:00+00:00", utc(2026, 3, 31, 9, 30)),
        ("2026-03-31T09:30:00+02:00", utc(2026, 3, 31, 7, 30)),
        ("2026-03-31T09:30:00-05:30", utc(2026, 3, 31, 15, 0)),
        ("2026-03-31T09:30:00+0200", utc(2026, 3, 31, 7, 30)),
        ("2026-03-31T09:30:00+02", utc(2026, 3, 31, 7, 30)),
        ("2026-03-31T09:30:00+14:00", utc(2026, 3, 30, 19, 30)),
        ("2026-03-31T00:30:00+02:00", utc(2026, 3, 30, 22, 30)),
        ("2026-03-31T09:30:00", utc(2026, 3, 31, 9, 30)),
        ("2026-03-31T09:30Z", utc(2026, 3, 31, 9, 30)),
        ("2026-03-31T09:30.5Z", utc(2026, 3, 31, 9, 30, 30)),
        ("2026-03-31T09Z", utc(2026, 3, 31, 9)),
        ("2026-03-31T09.25Z", utc(2026, 3, 31, 9, 15)),
        ("20260331T093000Z", utc(2026, 3, 31, 9, 30)),
        ("20260331T093000.250Z", utc(2026, 3, 31, 9, 30, 0, 250_000)),
        ("20260331T0930+0200", utc(2026, 3, 31, 7, 30)),
        ("2026-W14-2T09:30:00Z", utc(2026, 3, 31, 9, 30)),
        ("2026W142T093000Z", utc(2026, 3, 31, 9, 30)),
        ("2026-090T09:30:00Z", utc(2026, 3, 31, 9, 30)),
        ("2024-366T00:00:00Z", utc(2024, 12, 31)),
        ("2024-02-29T12:00:00Z", utc(2024, 2, 29, 12)),
        ("2026-03-31T24:00:00Z", utc(2026, 4, 1)),
        ("2026-12-31T24:00Z", utc(2027, 1, 1)),
        ("2016-12-31T23:59:60Z", utc(2017, 1, 1)),
        ("2016-12-31T23:59:60.5Z", utc(2017, 1, 1, 0, 0, 0, 500_000)),
        ("2017-01-01T01:59:60+02:00", utc(2017, 1, 1)),
        ("0001-01-01T00:00:00Z", utc(1, 1, 1)),
        ("9999-12-31T23:59:59.999999Z", utc(9999, 12, 31, 23, 59, 59, 999_999)),
    ],
)
def test_timestamp(text: str, instant: datetime) -> None:
    parsed = parse_timestamp(text)
    assert parsed == instant
    assert parsed is not None
    assert parsed.tzinfo is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-03-31",
        "20260331",
        "2026-03",
        "09:30:00Z",
        "T09:30:00Z",
        "2026-03-31T",
        "2026-03-31TZ",
        "2026-03-31 09:30:00Z",
        "2026-03-31_09:30:00Z",
        "2026-03-31T9:30:00Z",
        "2026-3-31T09:30:00Z",
        "26-03-31T09:30:00Z",
        "02026-03-31T09:30:00Z",
        "+002026-03-31T09:30:00Z",
        "2026-0331T09:30:00Z",
        "202603-31T09:30:00Z",
        "2026-03-31T09:3000Z",
        "2026-03-31T09:30:00.Z",
        "2026-03-31T09:30:00.-Z",
        "2026-03-31T09:30:00 Z",
        "2026-03-31T09:30:00UTC",
        "2026-03-31T09:30:00ZZ",
        "2026-03-31T09:30:00Z\n",
        " 2026-03-31T09:30:00Z",
        "2026-02-29T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-000T00:00:00Z",
        "2026-366T00:00:00Z",
        "2026-W54-1T00:00:00Z",
        "2026-W00-1T00:00:00Z",
        "2026-W14-0T00:00:00Z",
        "2026-W14-8T00:00:00Z",
        "2026-03-31T25:00:00Z",
        "2026-03-31T24:00:01Z",
        "2026-03-31T24:01Z",
        "2026-03-31T09:60:00Z",
        "2026-03-31T09:30:61Z",
        "2026-03-31T09:30:60Z",
        "2016-12-31T23:59:60+02:00",
        "2026-03-31T09:30:00-00",
        "2026-03-31T09:30:00-0000",
        "2026-03-31T09:30:00-00:00",
        "2026-03-31T09:30:00.601-00:00",
        "2026-03-31T09:30:00+24:00",
        "2026-03-31T09:30:00+02:60",
        "2026-03-31T09:30:00+2:00",
        "2026-03-31T09:30:00+02:00:00",
        "2026-03-31T09:30:00+",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "9999-12-31T24:00:00Z",
        "２026-03-31T09:30:00Z",
        "01/011/2015",
        "Tue, 31 Mar 2026 09:30:00 GMT",
        "1774949400",
    ],
)
def test_no_timestamp(text: str) -> None:
    assert parse_timestamp(text) is None
    assert not is_timestamp(text)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-23 * 60 - 59, 23 * 60 + 59))
def test_an_instant_reads_back_as_it_was_written(instant: datetime, minutes: int) -> None:
    written = render_instant(instant)
    assert len(written) == 27
    assert parse_timestamp(written) == instant
    try:
        elsewhere = instant.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        return
    assert parse_timestamp(elsewhere.isoformat()) == instant


@given(st.text(max_size=60))
def test_no_text_makes_a_format_raise(text: str) -> None:
    judges = [lexical.is_iri, lexical.is_uri, lexical.is_mailto, lexical.is_uuid, lexical.is_language_tag]
    judges += [lexical.is_duration, lexical.is_media_type, lexical.is_sha2, lexical.is_version_1_0, is_timestamp]
    assert all(judge(text) in (True, False) for judge in judges)
