"""An S3 bucket as its owner sees it: every version, every delete marker, every upload that nobody finished."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiobotocore.session import get_session

from tests.s3server import Server


@dataclass(frozen=True)
class Bucket:
    server: Server
    name: str

    @classmethod
    async def made(cls, server: Server) -> "Bucket":
        return cls(server, await server.new_bucket())

    @classmethod
    async def made_with_versions(cls, server: Server) -> "Bucket":
        """One that has kept versions and does so no more: with versions, Ceph's conditional writes do not hold."""
        bucket = await cls.made(server)
        await bucket.keep_versions("Enabled")
        await bucket.keep_versions("Suspended")
        return bucket

    async def keep_versions(self, how: str) -> None:
        async with self.client() as s3:
            await s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": how})

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Any]:
        async with get_session().create_client(
            "s3",
            endpoint_url=self.server.url,
            region_name="default",
            aws_access_key_id=self.server.access,
            aws_secret_access_key=self.server.secret,
        ) as client:
            yield client

    async def everything(self) -> list[tuple[str, bytes]]:
        """Names and contents of all there is, in all versions."""
        found: list[tuple[str, bytes]] = []
        async with self.client() as s3:
            pages = s3.get_paginator("list_object_versions")
            async for page in pages.paginate(Bucket=self.name):
                found += [(f"{m['Key']} (deleted)", b"") for m in page.get("DeleteMarkers", ())]
                for version in page.get("Versions", ()):
                    found.append((version["Key"], await self._content(s3, version)))
            uploads = await s3.list_multipart_uploads(Bucket=self.name)
            found += [(f"{u['Key']} (unfinished upload)", b"") for u in uploads.get("Uploads", ())]
        return found

    async def _content(self, s3: Any, version: dict[str, Any]) -> bytes:
        answer = await s3.get_object(Bucket=self.name, Key=version["Key"], VersionId=version["VersionId"])
        async with answer["Body"] as body:
            data: bytes = await body.read()
        return data + repr(answer.get("Metadata", {})).encode()
