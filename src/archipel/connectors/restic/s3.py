# SPDX-License-Identifier: AGPL-3.0-or-later
"""Repositories on an S3 storage: restic reads and writes them, the client of S3 lists, measures and deletes what is left."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from archipel.connectors.restic.failures import FORBIDDEN
from archipel.connectors.restic.where import PATIENCE
from archipel.kernel.outside import RefusedOutside, TryLater


class S3:
    """``https://storage.example/bucket/prefix`` with an access key; the secrets are in the child's environment alone."""

    options: Sequence[str] = ()
    files: Mapping[str, str] = {}

    def __init__(self, location: str, credentials: Mapping[str, str]) -> None:
        parts = urlsplit(location)
        self._bucket, _, prefix = parts.path.strip("/").partition("/")
        if parts.scheme not in {"http", "https"} or not parts.hostname or not self._bucket or parts.username:
            raise RefusedOutside("bad_input", "an S3 storage is written https://storage.example/bucket/folder")
        self._endpoint = f"{parts.scheme}://{parts.netloc}"
        self._prefix = f"{prefix}/" if prefix else ""
        self._host = (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        self._credentials = credentials
        self.environment: Mapping[str, str] = {
            "AWS_ACCESS_KEY_ID": credentials.get("access_key", ""),
            "AWS_SECRET_ACCESS_KEY": credentials.get("secret_key", ""),
            "AWS_DEFAULT_REGION": credentials.get("region", "") or "us-east-1",
        }

    def repository(self, name: str) -> str:
        return f"s3:{self._endpoint}/{self._bucket}/{self._prefix}{name}"

    def reach(self) -> None:
        try:
            socket.create_connection(self._host, timeout=PATIENCE).close()
        except OSError as error:
            raise TryLater(f"{self._host[0]} does not answer", after=300) from error

    def names(self) -> list[str]:
        pages = self._pages(Delimiter="/")
        found = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
        return sorted(key.removeprefix(self._prefix).rstrip("/") for key in found)

    def remove(self, name: str) -> None:
        with _s3_errors():
            for page in self._pages(below=f"{name}/"):
                keys = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
                if keys:
                    self._client().delete_objects(Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True})

    def size(self) -> int:
        return sum(entry["Size"] for page in self._pages() for entry in page.get("Contents", []))

    def _pages(self, *, below: str = "", **more: str) -> Iterator[dict[str, Any]]:
        with _s3_errors():
            pages = self._client().get_paginator("list_objects_v2")
            yield from pages.paginate(Bucket=self._bucket, Prefix=self._prefix + below, **more)

    def _client(self) -> Any:
        return boto3.client(  # type: ignore[no-untyped-call]  # the library is untyped
            "s3",
            endpoint_url=self._endpoint,
            aws_access_key_id=self._credentials.get("access_key", ""),
            aws_secret_access_key=self._credentials.get("secret_key", ""),
            region_name=self._credentials.get("region", "") or "us-east-1",
            config=Config(  # type: ignore[no-untyped-call]  # the library is untyped
                connect_timeout=PATIENCE,
                read_timeout=60,
                retries={"total_max_attempts": 2},
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )


@contextmanager
def _s3_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if code in {"NoSuchBucket", "NoSuchKey"}:
            raise RefusedOutside("unknown", "there is no such bucket") from error
        if status >= 500 or status == 429:
            raise TryLater(f"the storage answers {status}", after=300) from error
        raise RefusedOutside(FORBIDDEN, f"the storage refuses: {code}") from error
    except BotoCoreError as error:
        raise TryLater("the storage does not answer", after=300) from error
