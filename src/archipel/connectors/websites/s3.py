# SPDX-License-Identifier: AGPL-3.0-or-later
"""The store in one S3 bucket (Garage, SeaweedFS, MinIO, any other), by boto3.

Replacing ``site.json`` asks for a conditional write (``If-Match``). A storage that does not know it either says so
(the write is then repeated without) or ignores it: the last writer wins, and since a replacement names only objects
already there, the loser's version is forgotten whole; a site is never mixed or half there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import IO, Any

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError

from archipel.connectors.websites.store import Changed, Missing, StoredObject, check_key
from archipel.kernel.outside import RefusedOutside, TryLater

DELETED_AT_ONCE = 1000
_MISSING = {"404", "NoSuchKey", "NotFound"}
_CHANGED = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}
_FULL = {"507", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "ServiceQuotaExceededException"}
_LATER = {"408", "429", "RequestTimeout", "RequestTimeTooSkewed", "SlowDown", "Throttling", "TooManyRequests"}


class S3Store:
    """Objects in ``bucket``; ``timeout`` seconds of silence at most, then *try later*."""

    workers = 8
    freshness = 2.0

    def __init__(
        self,
        bucket: str,
        *,
        endpoint: str = "",
        access_key: str = "",
        secret_key: str = "",
        region: str = "",
        path_style: bool = True,
        timeout: float = 15.0,
        tries: int = 2,
    ) -> None:
        self.bucket = bucket
        self._conditional = True
        session: Any = Session()  # type: ignore[no-untyped-call]  # the library is untyped
        self._client = session.client(
            "s3",
            endpoint_url=endpoint or None,
            aws_access_key_id=access_key or None,
            aws_secret_access_key=secret_key or None,
            region_name=region or "garage",
            config=Config(  # type: ignore[no-untyped-call]  # the library is untyped
                signature_version="s3v4",
                s3={"addressing_style": "path" if path_style else "virtual"},
                connect_timeout=min(5.0, timeout),
                read_timeout=timeout,
                retries={"total_max_attempts": tries, "mode": "standard"},
                max_pool_connections=2 * self.workers,
                # Storages other than Amazon's do not all understand checksums sent as trailers.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def ensure_bucket(self) -> None:
        """Create the bucket if the key may and it is not there; many hosts create it by hand."""
        with _failures():
            names = [bucket["Name"] for bucket in self._client.list_buckets().get("Buckets", [])]
            if self.bucket not in names:
                self._client.create_bucket(Bucket=self.bucket)

    def get(self, key: str) -> tuple[bytes, str]:
        with _failures():
            answer = self._client.get_object(Bucket=self.bucket, Key=check_key(key))
            return answer["Body"].read(), answer["ETag"]

    def tag(self, key: str) -> str | None:
        try:
            with _failures():
                return str(self._client.head_object(Bucket=self.bucket, Key=check_key(key))["ETag"])
        except Missing:
            return None

    def put(self, key: str, content: bytes | IO[bytes]) -> None:
        if not isinstance(content, bytes):
            content.seek(0)
        with _failures():
            self._client.put_object(Bucket=self.bucket, Key=check_key(key), Body=content)

    def swap(self, key: str, content: bytes, expected: str | None) -> None:
        condition = {"IfNoneMatch": "*"} if expected is None else {"IfMatch": expected}
        if self._conditional:
            try:
                with _failures():
                    self._client.put_object(Bucket=self.bucket, Key=check_key(key), Body=content, **condition)
                return
            except Missing as error:
                raise Changed(key) from error
            except RefusedOutside as error:
                if error.code != "unsupported":
                    raise
                self._conditional = False
        if self.tag(key) != expected:
            raise Changed(key)
        self.put(key, content)

    def touch(self, key: str) -> bool:
        source = {"Bucket": self.bucket, "Key": check_key(key)}
        try:
            with _failures():
                self._client.copy_object(
                    Bucket=self.bucket, Key=key, CopySource=source, MetadataDirective="REPLACE", Metadata={}
                )
        except Missing:
            return False
        return True

    def open(self, key: str, start: int = 0, length: int | None = None) -> IO[bytes]:
        asked: dict[str, str] = {}
        if start or length is not None:
            asked["Range"] = f"bytes={start}-" if length is None else f"bytes={start}-{start + length - 1}"
        with _failures():
            answer = self._client.get_object(Bucket=self.bucket, Key=check_key(key), **asked)
        return _Body(answer["Body"])  # type: ignore[return-value]  # read like a file, and no more

    def list(self, prefix: str) -> Iterator[StoredObject]:
        check_key(prefix.rstrip("/"))
        asked: dict[str, str] = {}
        while True:
            with _failures():
                page = self._client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, **asked)
            for found in page.get("Contents", []):
                yield StoredObject(found["Key"], found["Size"], found["LastModified"].timestamp())
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def delete(self, keys: Iterable[str]) -> None:
        waiting = iter(keys)
        while batch := [{"Key": check_key(key)} for key in islice(waiting, DELETED_AT_ONCE)]:
            with _failures():
                answer = self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": batch, "Quiet": True})
            wrong = [error for error in answer.get("Errors", []) if error.get("Code") not in _MISSING]
            if wrong:
                raise TryLater(f"the storage did not delete {len(wrong)} objects: {wrong[0].get('Code')}")

    def settle(self) -> None:
        """An S3 storage answers a write only once it is kept."""


class _Body:
    """The answer to a read: what goes wrong on the way is said like anywhere else."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int = -1) -> bytes:
        with _failures():
            return bytes(self._body.read(None if size < 0 else size))

    def close(self) -> None:
        self._body.close()

    def __enter__(self) -> _Body:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _failures() -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    except ClientError as error:
        raise _said(error.response) from error
    except NoCredentialsError as error:
        raise RefusedOutside("forbidden", "the key of the storage of websites is not set") from error
    except (BotoCoreError, HTTPClientError, OSError) as error:
        waited = time.monotonic() - started
        raise TryLater(f"the storage of websites: {type(error).__name__} after {waited:.1f} s") from error


def _said(response: Any) -> Exception:
    code = str(response.get("Error", {}).get("Code", ""))
    message = str(response.get("Error", {}).get("Message", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code == "NoSuchBucket":
        return RefusedOutside("unknown", "the storage has no such bucket")
    if code in _MISSING:
        return Missing(message)
    if code in _CHANGED:
        return Changed(message)
    if code == "NotImplemented" or status == 501:
        return RefusedOutside("unsupported", f"the storage does not know this call: {message}")
    if code in _FULL or status == 507 or "quota" in message.lower():
        return TryLater("the storage of websites is full", after=300)
    if code in _LATER or status >= 500 or status in {408, 429}:
        return TryLater(f"the storage of websites is busy: {code or status}", after=5)
    if status in {401, 403}:
        return RefusedOutside("forbidden", f"the storage of websites refused the key: {code or status}")
    return RefusedOutside("bad_input", f"the storage of websites refused the call: {code or status} {message}")
