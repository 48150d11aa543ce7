"""Style sheets, fonts and scripts: read once, named by their content, kept by browsers for a year."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.types import Receive, Scope, Send

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_FOREVER = b"public, max-age=31536000, immutable"


@dataclass(frozen=True)
class _File:
    content_type: bytes
    plain: bytes
    packed: bytes | None


class Assets:
    """An ASGI app for a directory of static files below ``/static/<hash of all of them>/``.

    One hash for all, as a folder: files may name one another relatively, and a new release has new addresses.
    """

    def __init__(self, directory: Path, mount: str = "/static") -> None:
        self.mount = mount
        self._files = {p.name: _read(p) for p in sorted(directory.iterdir()) if p.suffix in _TYPES}
        digest = hashlib.sha256(b"".join(file.plain for file in self._files.values()))
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """Return the address of a file; raises KeyError for one that is not there."""
        if name not in self._files:
            raise KeyError(name)
        return f"{self.mount}/{self.version}/{name}"

    def weight(self) -> int:
        """Bytes that go over the wire when a page uses everything there is."""
        return sum(len(file.packed or file.plain) for file in self._files.values())

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answer one GET or HEAD; another version's address and an unknown name are 404."""
        *_folders, version, name = scope["path"].rsplit("/", 2)
        file = self._files.get(name) if version == self.version else None
        headers = [(b"vary", b"accept-encoding")]
        status, body = 404, b""
        if file and scope["method"] in {"GET", "HEAD"}:
            accepted = dict(scope["headers"]).get(b"accept-encoding", b"")
            status, body = 200, file.plain
            headers += [(b"content-type", file.content_type), (b"cache-control", _FOREVER)]
            if file.packed and b"gzip" in accepted:
                body = file.packed
                headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _read(path: Path) -> _File:
    plain = path.read_bytes()
    packed = gzip.compress(plain, 9, mtime=0) if path.suffix != ".woff2" else None
    return _File(_TYPES[path.suffix].encode(), plain, packed)
