"""Where one server keeps artifacts, and which store holds the files behind a URI."""

from __future__ import annotations

import os

from mlflowlite import artifacts
from mlflowlite.artifacts import uris
from mlflowlite.artifacts.base import RESERVED, ArtifactStore
from mlflowlite.artifacts.local import LocalStore
from mlflowlite.errors import NOT_IMPLEMENTED, PERMISSION_DENIED, MlflowError, StartupError
from mlflowlite.settings import Settings


class Places:
    """The artifact side of a server's settings."""

    def __init__(self, settings: Settings) -> None:
        self._base_dir = os.getcwd()
        self._schemes = settings.allowed_host_addressed_artifact_schemes.split(",")
        self.root = uris.artifact_root(
            settings.default_artifact_root,
            serve_artifacts=settings.serve_artifacts,
            base_dir=self._base_dir,
        )
        self.destination = settings.artifacts_destination
        self.proxied: ArtifactStore | None = None
        if settings.serve_artifacts:
            self.proxied = artifacts.open_store(uris.resolve_local(self.destination, self._base_dir))
        self._public_url = settings.public_url

    @property
    def offers_multipart_uploads(self) -> bool:
        """Whether clients should send large files in parts without being told to by their users.

        Not where the URLs of parts lead back here, unless the operator has said where "here" is: behind
        a proxy those made from the Host header may lead nowhere, and a client that tries does not fall
        back to an ordinary upload.
        """
        store = self.proxied
        if store is None or not store.multipart_uploads:
            return False
        return not store.part_urls_lead_here or bool(self._public_url)

    @property
    def offers_presigned_downloads(self) -> bool:
        """Whether clients should fetch files past this server."""
        return self.proxied is not None and self.proxied.presigned_downloads

    def check_location(self, location: str, field: str) -> str:
        """A location that a client gave in `field`, as it is stored; a 400 when it can't be one."""
        return uris.check_location(
            location,
            field,
            base_dir=self._base_dir,
            trusted=(self.root, self.destination),
            allowed_schemes=self._schemes,
        )

    def check_host(self, uri: str, field: str) -> None:
        """A 400 when the server would have to connect to a host of the client's choice."""
        uris.check_host(uri, field, trusted=(self.root, self.destination), allowed_schemes=self._schemes)

    def store_of(self, uri: str) -> ArtifactStore:
        """The store whose root is the folder that an artifact URI of a run or model names."""
        path = uris.proxied_path(uri)
        if path is None:
            return self._open_direct(uri)
        if self.proxied is None:
            raise MlflowError(
                NOT_IMPLEMENTED,
                f"The artifacts at '{uri}' are served by a server that runs with --serve-artifacts; "
                "this one does not.",
            )
        return self.proxied.sub_store(path)

    def _open_direct(self, uri: str) -> ArtifactStore:
        """A store that clients use themselves, for the endpoints that list and show what is in it.

        A client may name any local path as an experiment's location and use it on its own machine. On
        this one only the server's own folders are open: else a location of /etc would show /etc.
        """
        if uris.is_local(uri):
            return self._open_local(uri)
        try:
            return artifacts.open_store(uri)
        except StartupError as error:
            raise MlflowError(NOT_IMPLEMENTED, str(error)) from error

    def _open_local(self, uri: str) -> ArtifactStore:
        own = (uris.resolve_local(folder, self._base_dir) for folder in (self.root, self.destination))
        top = next((folder for folder in own if uris.contains(folder, uri)), None)
        if top is None or any(part.lower().startswith(RESERVED) for part in uris.local_path(uri).split("/")):
            raise MlflowError(
                PERMISSION_DENIED,
                f"The artifacts at '{uri}' lie outside this server's artifact folders, so it does not show "
                "them. Start it with --default-artifact-root to open that folder.",
            )
        # The location may go through a link that leads out of the folder: the store looks, given its top.
        return LocalStore(uris.local_path(uri), top=os.path.abspath(uris.local_path(top)))
