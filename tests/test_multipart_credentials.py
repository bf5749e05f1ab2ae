"""Signatures for S3, and the credentials that they are made with."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from mlflowlite.errors import MlflowError
from tests.multipart_support import (
    Answer,
    Service,
    http_service,  # noqa: F401
    no_aws,  # noqa: F401
)

pytest.importorskip("obstore")
import obstore

from mlflowlite.artifacts import clouds, sigv4
from mlflowlite.artifacts.aws_credentials import CredentialChain, Credentials

KEYS = {"AccessKeyId": "AK", "SecretAccessKey": "SK", "Expiration": "2099-01-02T03:04:05Z"}
WANTED = Credentials("AK", "SK", "TK", datetime(2099, 1, 2, 3, 4, 5, tzinfo=timezone.utc).timestamp())


class TestSignatures:
    @pytest.mark.parametrize("token", [None, "a/token+with=signs"])
    def test_the_same_as_obstores(self, aws: pytest.MonkeyPatch, token: str | None) -> None:
        """Where obstore can sign too, both signatures are the same."""
        aws.setenv("AWS_ACCESS_KEY_ID", "AKID")
        aws.setenv("AWS_SECRET_ACCESS_KEY", "s/e+cret")
        if token:
            aws.setenv("AWS_SESSION_TOKEN", token)
        client = clouds.connect("s3", "some.bucket").client
        for key in ("a", "a b/é%*+'~.txt"):
            theirs = urlsplit(obstore.sign(client, "PUT", key, timedelta(seconds=77)))
            query = {name: values[0] for name, values in parse_qs(theirs.query).items()}
            now = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
            ours = sigv4.presign(
                "PUT",
                theirs._replace(query="").geturl(),
                Credentials("AKID", "s/e+cret", token),
                region="us-east-1",
                seconds=77,
                now=now,
            )
            assert {n: v[0] for n, v in parse_qs(urlsplit(ours).query).items()} == query

    def test_the_example_of_the_specification(self) -> None:
        """The signature of AWS's own worked example."""
        url = sigv4.presign(
            "GET",
            "https://examplebucket.s3.amazonaws.com/test.txt",
            Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            region="us-east-1",
            seconds=86400,
            now=datetime(2013, 5, 24, tzinfo=timezone.utc),
        )
        assert url.endswith("=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")

    def test_a_part_by_botocores_rules(self, aws: pytest.MonkeyPatch) -> None:
        """The URL of a part is the one that botocore signs, query and all."""
        botocore = pytest.importorskip("botocore.auth")
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials as Theirs

        now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
        aws.setattr(
            botocore, "get_current_datetime", lambda *_, **__: now.replace(tzinfo=None), raising=False
        )
        request = AWSRequest(
            "PUT", "https://h.example/b/a%20b", params={"partNumber": "7", "uploadId": "x/y+z=="}
        )
        botocore.S3SigV4QueryAuth(Theirs("AKID", "secret", "to/ken"), "s3", "eu-west-1", 60).add_auth(request)
        theirs = parse_qs(urlsplit(request.url).query)
        stamp = datetime.strptime(theirs["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        ours = sigv4.presign(
            "PUT",
            "https://h.example/b/a%20b",
            Credentials("AKID", "secret", "to/ken"),
            region="eu-west-1",
            seconds=60,
            now=stamp,
            query={"partNumber": "7", "uploadId": "x/y+z=="},
        )
        assert parse_qs(urlsplit(ours).query) == theirs


class TestCredentials:
    def test_of_the_environment(self, aws: pytest.MonkeyPatch) -> None:
        """Keys in the environment count, unless the bucket's settings have others."""
        aws.setenv("AWS_ACCESS_KEY_ID", "a")
        aws.setenv("AWS_SECRET_ACCESS_KEY", "s")
        assert CredentialChain({}, "r").get() == Credentials("a", "s")
        config = {"access_key_id": "b", "secret_access_key": "t", "session_token": "u"}
        assert CredentialChain(config, "r").get() == Credentials("b", "t", "u")

    def test_of_a_machine(self, aws: pytest.MonkeyPatch, service: Service) -> None:
        """A machine of EC2 is asked for the role it has, with a session, as it wants to be."""
        aws.setenv("AWS_METADATA_ENDPOINT", service.url)
        roles = "/latest/meta-data/iam/security-credentials/"
        answers = {
            ("PUT", "/latest/api/token"): "session",
            ("GET", roles): "my-role",
            ("GET", f"{roles}my-role"): json.dumps({**KEYS, "Token": "TK", "Code": "Success"}),
        }
        service.answer = lambda method, target: (200, answers[method, target])
        chain = CredentialChain({}, "r")
        assert chain.get() == chain.get() == WANTED
        assert len(service.asked) == 3
        assert service.asked[0][2]["X-aws-ec2-metadata-token-ttl-seconds"] == "600"
        assert service.asked[2][2]["X-aws-ec2-metadata-token"] == "session"

    def test_of_a_container(self, aws: pytest.MonkeyPatch, service: Service, tmp_path: Path) -> None:
        """A container's own service is asked, with the token that lies in a file."""
        (tmp_path / "token").write_text("let me in\n")
        aws.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{service.url}/creds")
        aws.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))
        service.answer = lambda *_: (200, json.dumps({**KEYS, "Token": "TK"}))
        assert CredentialChain({}, "r").get() == WANTED
        ((method, target, headers, _),) = service.asked
        assert (method, target, headers["Authorization"]) == ("GET", "/creds", "let me in")

    def test_of_a_web_identity(self, aws: pytest.MonkeyPatch, service: Service, tmp_path: Path) -> None:
        """The token of a web identity is exchanged for keys."""
        (tmp_path / "token").write_text("jwt")
        aws.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
        aws.setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/x")
        aws.setenv("AWS_ENDPOINT_URL_STS", service.url)
        tags = "".join(f"<{name}>{value}</{name}>" for name, value in KEYS.items())
        service.answer = lambda *_: (
            200,
            f"<r><Credentials>{tags}<SessionToken>TK</SessionToken></Credentials></r>",
        )
        assert CredentialChain({}, "r").get() == WANTED
        fields = parse_qs(service.asked[0][3].decode())
        assert fields["WebIdentityToken"] == ["jwt"]
        assert fields["RoleArn"] == ["arn:aws:iam::1:role/x"]

    def test_renewal(self, aws: pytest.MonkeyPatch, service: Service) -> None:
        """Keys that end within five minutes are fetched anew."""
        aws.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", service.url)
        ends = [datetime.now(timezone.utc) + timedelta(minutes=minutes) for minutes in (4, 10)]
        service.answer = lambda *_: (
            200,
            json.dumps({**KEYS, "Token": "TK", "Expiration": ends[len(service.asked) - 1].isoformat()}),
        )
        chain = CredentialChain({}, "r")
        assert [chain.get().expires for _ in range(3)] == [moment.timestamp() for moment in [*ends, ends[1]]]

    @pytest.mark.parametrize("answer", [(500, "x"), (200, "no json"), (200, "{}"), (404, "")])
    def test_of_nobody(self, aws: pytest.MonkeyPatch, service: Service, answer: Answer) -> None:
        """A service that has none, or makes no sense, is a 403 that says so."""
        aws.setenv("AWS_METADATA_ENDPOINT", service.url)
        service.answer = lambda *_: answer
        with pytest.raises(MlflowError, match="no credentials for the artifact store") as caught:
            CredentialChain({}, "r").get()
        assert caught.value.http_status == 403
