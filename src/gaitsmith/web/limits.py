"""How much of anything the local page takes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """Bounds that keep memory, disk and time finite whatever is sent.

    Attributes
    ----------
    file_mb, files
        Largest file, and most files of one recording.
    drafts, uploads
        Uploads that wait to be analysed, and that are received at the same time.
    workers, queue
        Jobs at the same time, and jobs that may wait.
    patience_s
        How long a short task (a preview, another speed) waits for its turn.
    seconds, memory_mb
        What one job may take.
    body_kb
        Largest request that is not a file.
    keep_drafts_h
        Drafts nobody analysed are thrown away after this.
    """

    file_mb: float = 500.0
    files: int = 40
    drafts: int = 60
    uploads: int = 4
    workers: int = 2
    queue: int = 50
    patience_s: float = 30.0
    seconds: float = 600.0
    memory_mb: float = 6000.0
    body_kb: float = 64.0
    keep_drafts_h: float = 24.0
