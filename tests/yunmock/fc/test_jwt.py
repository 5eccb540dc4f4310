"""HTTP triggers with `authType: jwt`, with tokens that PyJWT signs."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from yunmock.s_yaml import InvalidTemplateError

if TYPE_CHECKING:
    from tests.yunmock.conftest import Place

NOW_S = 1_700_000_000
URL = "https://echo.cn-hangzhou.fcapp.run"
SECRET = b"a secret of at least thirty-two bytes"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ECHO = "import json\ndef handler(event, context):\n    return json.loads(event)\n"


def oct_jwk(secret: bytes, **more: str) -> dict[str, str]:
    """A secret as a JSON Web Key."""
    return {"kty": "oct", "k": base64.urlsafe_b64encode(secret).rstrip(b"=").decode(), "alg": "HS256", **more}


def rsa_jwk(key: Any, **more: str) -> dict[str, Any]:
    """The public part of an RSA key as a JSON Web Key."""
    made = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**made, "alg": "RS256", "use": "sig", **more}


def trigger(*keys: dict[str, Any], lookup: Any = "header:Authorization:Bearer", **config: Any) -> dict[str, Any]:
    """A trigger with these keys."""
    auth = {"jwks": {"keys": list(keys)}, "tokenLookup": lookup, **config}
    settings = {"authType": "jwt", "methods": ["GET", "POST"], "authConfig": auth}
    return {"triggerName": "web", "triggerType": "http", "triggerConfig": settings}


def token(claims: dict[str, Any] | None = None, key: Any = SECRET, algorithm: str = "HS256", **headers: Any) -> str:
    """A signed token."""
    return jwt.encode(claims or {"uid": "u1"}, key, algorithm=algorithm, headers=headers)


def get(text: str, path: str = "/", **options: Any) -> Any:
    """A request with a token in the header Authorization."""
    return requests.get(f"{URL}{path}", headers={"Authorization": f"Bearer {text}"}, timeout=10, **options)


@pytest.fixture
def web(here: Place, deploy: Any) -> Place:
    """A function that answers what it got, behind a secret."""
    here.cloud.clock.freeze(NOW_S * 1000)
    deploy(here, ECHO, triggers=[trigger(oct_jwk(SECRET))])
    return here


def elliptic(curve: Any) -> tuple[Any, dict[str, Any]]:
    """A key of a curve, and its public part as a JSON Web Key."""
    key = ec.generate_private_key(curve)
    return key, json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))


def edwards() -> tuple[Any, dict[str, Any]]:
    """The same for EdDSA."""
    key = ed25519.Ed25519PrivateKey.generate()
    return key, json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key()))


KEYS: list[tuple[str, Any, dict[str, Any]]] = [
    *((alg, RSA, rsa_jwk(RSA, alg=alg)) for alg in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
    *((alg, SECRET * 2, oct_jwk(SECRET * 2, alg=alg)) for alg in ("HS256", "HS384", "HS512")),
    ("ES256", *elliptic(ec.SECP256R1())),
    ("ES384", *elliptic(ec.SECP384R1())),
    ("ES512", *elliptic(ec.SECP521R1())),
    ("EdDSA", *edwards()),
]


@pytest.mark.parametrize(("algorithm", "key", "jwk"), KEYS, ids=[case[0] for case in KEYS])
def test_every_algorithm_of_the_page(here: Place, deploy: Any, algorithm: str, key: Any, jwk: Any) -> None:
    """A token of each algorithm passes, and one that another key signed does not."""
    deploy(here, ECHO, triggers=[trigger({**jwk, "alg": algorithm})])
    wrong = token(key=OTHER, algorithm="RS256")

    assert get(token(key=key, algorithm=algorithm)).status_code == 200
    assert get(wrong).status_code == 403


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (token(key=b"another secret of thirty-two bytes!!"), "not valid"),
        (token({"exp": NOW_S - 1}), "no longer"),
        (token({"nbf": NOW_S + 60}), "not valid yet"),
        (token({"exp": "soon"}), "exp is no number"),
        (token(kid="unknown"), "no key of the trigger has the kid"),
        (token(key="", algorithm="none"), "not valid"),
        (token()[:-4] + "AAAA", "not valid"),
        ("no.token", "not valid"),
        ("", "has no JWT"),
    ],
)
def test_tokens_that_are_refused(web: Place, text: str, problem: str) -> None:
    """A forged, expired, early, unsigned, malformed or missing token is refused; the function does not run."""
    answer = get(text)

    assert (answer.status_code, answer.json()["ErrorCode"]) == (403, "AccessDenied")
    assert problem in answer.json()["ErrorMessage"]
    assert web.cloud.invocations_of("echo") == []


def test_a_public_key_is_no_secret(here: Place, deploy: Any) -> None:
    """A token that is signed with the public key as HMAC secret is refused: the key's own algorithm counts."""
    jwk = rsa_jwk(RSA)
    deploy(here, ECHO, triggers=[trigger(jwk)])
    forged = token(key=base64.urlsafe_b64decode(jwk["n"] + "=="))

    assert get(forged).status_code == 403


@pytest.mark.parametrize(
    "key",
    [
        {"alg": "RS256"},
        {"alg": "RS256", "kty": "RSA", "n": 5, "e": "AQAB"},
        {"alg": "RS256", "kty": "RSA", "n": "!", "e": "!"},
        {"alg": "HS256", "kty": "oct", "k": 5},
        {"alg": "ES256", "kty": "EC", "crv": "none", "x": "AA", "y": "AA"},
        {"alg": "RS256", "kty": "oct", "k": "AAAA"},
    ],
)
def test_keys_that_are_none(here: Place, deploy: Any, key: dict[str, Any]) -> None:
    """A key that cannot verify anything lets nobody in."""
    deploy(here, ECHO, triggers=[trigger(key)])

    assert get(token()).json()["ErrorCode"] == "AccessDenied"


def test_the_cloud_s_clock_counts(web: Place) -> None:
    """A token expires when the cloud's clock says so."""
    text = token({"exp": NOW_S + 60})

    before = get(text).status_code
    web.cloud.advance(61)

    assert (before, get(text).status_code) == (200, 403)


def test_the_key_is_found_by_its_id(here: Place, deploy: Any) -> None:
    """A token with a kid needs the key with that kid, one without needs the key that has none."""
    deploy(here, ECHO, triggers=[trigger(rsa_jwk(RSA, kid="a"), oct_jwk(SECRET))])

    right = [get(token(key=RSA, algorithm="RS256", kid="a")), get(token())]
    wrong = [get(token(key=RSA, algorithm="RS256")), get(token(kid="a")), get(token(kid="b"))]

    assert [answer.status_code for answer in right] == [200, 200]
    assert [answer.status_code for answer in wrong] == [403, 403, 403]


@pytest.mark.parametrize(
    ("lookup", "options"),
    [
        ("header:X-Token", {"headers": {"x-token": token()}}),
        (
            [{"readPosition": "header", "parameterName": "X-T", "prefix": "Bearer "}],
            {"headers": {"X-T": f"Bearer {token()}"}},
        ),
        ("query:t", {"params": {"t": token()}}),
        ("cookie:t", {"cookies": {"a": "b", "t": token()}}),
        ("form:t", {"data": {"t": token()}}),
        ("header:X-Token, cookie:t", {"cookies": {"t": token()}}),
    ],
)
def test_where_the_token_is(here: Place, deploy: Any, lookup: Any, options: Any) -> None:
    """It is read from the places that the trigger names, as text or as a list; the first one found counts."""
    deploy(here, ECHO, triggers=[trigger(oct_jwk(SECRET), lookup=lookup)])

    assert requests.post(URL, timeout=10, **options).status_code == 200
    assert requests.post(URL, timeout=10).status_code == 403


def test_claims_are_passed_on(here: Place, deploy: Any) -> None:
    """A claim becomes a header, a parameter of the query or a form, or a cookie; one that is missing is left out."""
    passed = "header:uid:X-Uid,query:uid:user,cookie:uid:who,form:n:number,header:gone:X-Gone"
    deploy(here, ECHO, triggers=[trigger(oct_jwk(SECRET), claimPassBy=passed)])
    headers = {"Authorization": f"Bearer {token({'uid': 'u 1', 'n': 7})}", "Cookie": "a=b"}

    seen = requests.post(URL, params={"user": "forged", "q": "1"}, data={"f": "x"}, headers=headers, timeout=10).json()

    assert seen["headers"]["x-uid"] == "u 1"
    assert "x-gone" not in seen["headers"]
    assert seen["queryParameters"] == {"user": "u 1", "q": "1"}
    assert seen["headers"]["cookie"] == 'a=b; who="u 1"'
    assert seen["body"] == "f=x&number=7"


@pytest.mark.parametrize(
    ("paths", "open_paths", "closed_paths"),
    [
        ({"whitelist": ["/a", "/login/*"]}, ["/a", "/login/", "/login/b/c"], ["/a/", "/b", "/login"]),
        ({"blacklist": ["/admin/*"]}, ["/", "/admin"], ["/admin/", "/admin/x"]),
    ],
)
def test_paths(here: Place, deploy: Any, paths: Any, open_paths: list[str], closed_paths: list[str]) -> None:
    """A whitelist exempts paths, a blacklist names those that need a token; `*` at the end stands for anything."""
    deploy(here, ECHO, triggers=[trigger(oct_jwk(SECRET), **paths)])

    assert {requests.get(URL + path, timeout=10).status_code for path in open_paths} == {200}
    assert {requests.get(URL + path, timeout=10).status_code for path in closed_paths} == {403}


def test_settings_as_the_api_writes_them(here: Place, deploy: Any) -> None:
    """The API has `authConfig` as JSON text with names in capitals."""
    made = trigger(oct_jwk(SECRET))
    made["triggerConfig"]["authConfig"] = json.dumps(
        {"JWKS": {"keys": [oct_jwk(SECRET)]}, "TokenLookup": "header:Authorization:Bearer", "ClaimPassBy": ""}
    )
    deploy(here, ECHO, triggers=[made])

    assert (get(token()).status_code, get("").status_code) == (200, 403)


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (trigger(), "jwks.keys: is missing"),
        (trigger({"kty": "oct", "k": "YQ"}), "has the algorithm None"),
        (trigger(oct_jwk(SECRET), oct_jwk(SECRET)), "more than one key without kid"),
        (trigger(oct_jwk(SECRET), lookup=""), "tokenLookup: is missing"),
        (trigger(oct_jwk(SECRET), lookup="body:t"), "must be like header:Authorization:Bearer"),
        (trigger(oct_jwk(SECRET), claimPassBy="header:uid"), "must be like header:claim:name"),
        (trigger(oct_jwk(SECRET), whitelist=["/a"], blacklist=["/b"]), "use one of them"),
    ],
)
def test_settings_that_are_refused(here: Place, deploy: Any, made: Any, problem: str) -> None:
    """Settings that cannot work are refused when they are deployed, with their position."""
    with pytest.raises(InvalidTemplateError, match=problem):
        deploy(here, ECHO, triggers=[made])


def test_without_the_extra(web: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyJWT is not installed the refusal says how to install it."""
    monkeypatch.setattr("yunmock.fc.jwt_access.importlib.util.find_spec", lambda _: None)

    answer = get(token())

    assert answer.json()["ErrorMessage"].endswith("pip install 'yunmock[jwt]'")
    assert web.cloud.invocations_of("echo") == []
