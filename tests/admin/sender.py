"""A client of the protocol of resumable uploads."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from flask.testing import FlaskClient

from tests.conftest import csrf_token

BYTES = "application/offset+octet-stream"


class Sender:
    """A client of the protocol."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.headers = {"Tus-Resumable": "1.0.0", "X-CSRFToken": csrf_token(client)}

    def create(self, size: int, data: bytes = b"", headers: dict[str, Any] | None = None, **told: Any) -> Any:
        said = ",".join(f"{name} {b64encode(str(value).encode()).decode()}" for name, value in told.items())
        sent = {**self.headers, "Upload-Length": size, "Upload-Metadata": said, **(headers or {})}
        return self.client.post("/uploads/", headers=sent, data=data, content_type=BYTES if data else None)

    def patch(self, address: str, offset: int, data: Any = b"", **headers: Any) -> Any:
        sent = {**self.headers, "Upload-Offset": offset, **headers}
        return self.client.patch(address, headers=sent, data=data, content_type=BYTES)

    def head(self, address: str) -> Any:
        return self.client.head(address, headers=self.headers)

    def delete(self, address: str) -> Any:
        return self.client.delete(address, headers=self.headers)

    def offset(self, address: str) -> int:
        return int(self.head(address).headers["Upload-Offset"])
