"""The application: pages, and the API behind them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Annotated, Any

import jinja2
from fastapi import FastAPI, HTTPException, Query, Request
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from gaitsmith.channels import channels
from gaitsmith.errors import GaitsmithError, shown
from gaitsmith.formats import formats
from gaitsmith.formats.sources import is_archive
from gaitsmith.version import __version__
from gaitsmith.web import uploads
from gaitsmith.web.forms import AnalyseForm, DraftForm, SpeedForm
from gaitsmith.web.guard import REPORT_POLICY, Guard
from gaitsmith.web.jobs import Jobs
from gaitsmith.web.limits import Limits
from gaitsmith.web.names import ID, accepted, sound
from gaitsmith.web.pool import JobError
from gaitsmith.web.shelf import AbsentError, Shelf

__all__ = ["create_app"]

Id = Annotated[str, InPath(pattern=ID)]
_HERE = Path(__file__).parent
_STYLE = _HERE.parent / "report" / "templates" / "style.css"
_STATIC = {
    "app.js": "text/javascript",
    "home.js": "text/javascript",
    "analysis.js": "text/javascript",
    "columns.js": "text/javascript",
    "compare.js": "text/javascript",
    "past.js": "text/javascript",
    "stage.js": "text/javascript",
    "three.module.min.js": "text/javascript",
    "three.LICENSE": "text/plain",
    "app.css": "text/css",
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such thing."},
    409: {"description": "It is not ready."},
    422: {"description": "Refused, with words on what is wrong."},
    503: {"description": "Busy: ask again."},
}


# Names of columns that are no channels; a sensor's stand with its place before them.
_COLUMNS = ("time", *(f"{q}_{x}" for q in ("acc", "gyr", "mag") for x in "xyz"),
            *(f"foot_{side}_{q}_{x}" for side in "rl" for q in ("acc", "gyr") for x in "xyz"),
            *(f"{q}{n}" for n in "12" for q in ("Fx", "Fy", "Fz", "COPx", "COPy", "COPz", "Ty")))  # fmt: skip


def create_app(
    folder: Path,
    *,
    hosts: Iterable[str] = ("127.0.0.1", "localhost"),
    token: str | None = None,
    limits: Limits | None = None,
) -> Guard:
    """The guarded application.

    Parameters
    ----------
    folder
        Where uploads, results and the list of them lie.
    hosts
        Names (with port) under which it may be asked.
    token
        Where given, needed with every request.
    limits
        How much of anything it takes.
    """
    limits = limits or Limits()
    shelf = Shelf(folder)
    jobs = Jobs(shelf, limits)
    shelf.recover()

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        jobs.close()

    app = FastAPI(
        title="gaitsmith", version=__version__, docs_url=None, redoc_url=None, lifespan=life,
        openapi_url="/api/openapi.json", responses=_REFUSED,
    )  # fmt: skip
    _errors(app)
    _pages(app)
    _drafts(app, shelf, jobs, limits)
    _analyses(app, shelf, jobs)
    _results(app, shelf, jobs)
    return Guard(app, hosts=hosts, token=token, body_kb=limits.body_kb)


def _errors(app: FastAPI) -> None:
    @app.exception_handler(uploads.TooLargeError)
    async def _(_: Request, error: GaitsmithError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 413)

    @app.exception_handler(GaitsmithError)
    async def _(_: Request, error: GaitsmithError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 422)

    @app.exception_handler(JobError)
    async def _(_: Request, error: JobError) -> JSONResponse:
        busy = error.kind == "busy"
        return JSONResponse(
            {"detail": error.words, "kind": error.kind, **error.about}, 503 if busy else 422,
            {"retry-after": "2"} if busy else None,
        )  # fmt: skip

    @app.exception_handler(RequestValidationError)
    async def _(_: Request, error: RequestValidationError) -> JSONResponse:
        # Without what was sent: it may be what JSON or UTF-8 cannot say, and none of it is needed.
        told = [
            {"loc": [p if isinstance(p, int) else shown(str(p)) for p in e["loc"]], "msg": sound(e["msg"]), "type": e["type"]}
            for e in error.errors()
        ]  # fmt: skip
        return JSONResponse({"detail": told}, 422)

    @app.exception_handler(AbsentError)
    async def _(_: Request, _error: AbsentError) -> JSONResponse:
        return JSONResponse({"detail": "there is no such thing"}, 404)


def _pages(app: FastAPI) -> None:
    # The pages hold no values of anybody: the frame around them is all that is filled in.
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "pages"), autoescape=True, trim_blocks=True,
        keep_trailing_newline=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip

    def page(name: str) -> HTMLResponse:
        return HTMLResponse(pages.get_template(f"{name}.html").render(script=f"{name}.js"))

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def home() -> HTMLResponse:
        return page("home")

    @app.get("/analysis/{id_}", response_class=HTMLResponse, include_in_schema=False)
    def analysis(id_: Id) -> HTMLResponse:  # noqa: ARG001 - the page asks for it itself
        return page("analysis")

    @app.get("/compare", response_class=HTMLResponse, include_in_schema=False)
    def compare() -> HTMLResponse:
        return page("compare")

    @app.get("/static/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        if name == "style.css":
            return FileResponse(_STYLE, media_type="text/css")
        if name not in _STATIC:
            raise HTTPException(404, "there is no such thing")
        return FileResponse(_HERE / "static" / name, media_type=_STATIC[name])


def _drafts(app: FastAPI, shelf: Shelf, jobs: Jobs, limits: Limits) -> None:
    receiving = asyncio.Semaphore(limits.uploads)

    @app.get("/api/about")
    def about() -> dict[str, Any]:
        """Version, what may be uploaded, and the names that columns and formats can have."""
        kinds = {name: module.NAME for name, module in formats().items()}
        return {"version": __version__, "suffixes": accepted(), "file_mb": limits.file_mb, "files": limits.files,
                "formats": kinds, "columns": [*_COLUMNS, *channels()]}  # fmt: skip

    @app.post("/api/drafts", status_code=201)
    def new_draft() -> dict[str, str]:
        """A place for files."""
        return {"id": shelf.new_draft(limits.drafts, limits.keep_drafts_h)}

    @app.put("/api/drafts/{id_}/files/{name}", status_code=201, responses={413: {"description": "Too large."}})  # fmt: skip
    async def put_file(id_: Id, name: str, request: Request) -> dict[str, Any]:
        """One file: its bytes are the body."""
        shelf.draft(id_)
        said = request.headers.get("content-length", "")
        if said.isdigit() and int(said) > limits.file_mb * 1e6:
            raise uploads.TooLargeError("the file is too large", found=f"{int(said) / 1e6:.0f} MB",
                                        expected=f"at most {limits.file_mb:g} MB")  # fmt: skip
        async with receiving:
            with shelf.using(id_) as folder:
                kept = await uploads.receive(request.stream(), folder, name, most_mb=limits.file_mb, files=limits.files)  # fmt: skip
                return {"name": kept, "files": [p.name for p in shelf.files(folder)], "archive": is_archive(Path(kept))}  # fmt: skip

    @app.delete("/api/drafts/{id_}/files/{name}")
    def drop_file(id_: Id, name: str) -> dict[str, Any]:
        """Take a file out again."""
        folder = shelf.draft(id_)
        _of(shelf, folder, [name])
        (folder / name).unlink(missing_ok=True)
        return {"files": [p.name for p in shelf.files(folder)]}

    @app.delete("/api/drafts/{id_}")
    def drop_draft(id_: Id) -> dict[str, bool]:
        """Throw a draft away with its files."""
        shelf.drop_draft(id_)
        return {"deleted": True}

    @app.get("/api/drafts/{id_}/files/{name}/members")
    async def inside(id_: Id, name: str, request: Request) -> dict[str, list[str]]:
        """The files in an archive; each can be named as ``archive.zip!member``."""
        with shelf.using(id_) as folder:
            file = _of(shelf, folder, [name])[0]
            return {"members": await jobs.short("members", {"file": str(folder / file)}, request.is_disconnected)}  # fmt: skip

    @app.post("/api/drafts/{id_}/preview")
    async def preview(id_: Id, form: DraftForm, request: Request) -> dict[str, Any]:
        """What is understood of the files before anything is computed."""
        with shelf.using(id_) as folder:
            files = [f"{folder}/{n}" for n in _of(shelf, folder, form.files)]
            made: dict[str, Any] = await jobs.short(
                "preview", {"files": files, "hints": form.hints.said(), "format": form.format}, request.is_disconnected
            )  # fmt: skip
            return made

    @app.post("/api/drafts/{id_}/analyse", status_code=202)
    def analyse(id_: Id, form: AnalyseForm) -> dict[str, str]:
        """Queue the analysis; the draft becomes its input."""
        draft = shelf.draft(id_)
        jobs.room()
        names = _of(shelf, draft, form.files)
        extra = {k: _of(shelf, draft, [n])[0] if n else None for k, n in (("static", form.static), ("osim", form.osim))}  # fmt: skip
        title = form.title or ", ".join(names)[:120]
        facts = {"files": names, "hints": form.hints.said(), "static": extra["static"], "osim": extra["osim"]}  # fmt: skip
        made = shelf.new_analysis(id_, title, facts)
        folder = shelf.folder(made)
        jobs.start(made, {
            "files": [f"{folder}/input/{n}" for n in names],
            **{k: f"{folder}/input/{n}" if n else None for k, n in extra.items()},
            "title": form.title, "format": form.format, "hints": form.hints.said(), "result": str(folder / "result"),
            "options": {"events": form.events, "population": form.population, "speed_m_s": form.speed_m_s,
                        "without": list(form.without)},
        })  # fmt: skip
        return {"id": made}


def _analyses(app: FastAPI, shelf: Shelf, jobs: Jobs) -> None:
    @app.get("/api/analyses")
    def listed() -> list[dict[str, Any]]:
        """All, the newest first."""
        return shelf.all()

    @app.get("/api/analyses/{id_}")
    def one(id_: Id) -> dict[str, Any]:
        """How far it is, and what it says."""
        return shelf.get(id_)

    @app.post("/api/analyses/{id_}/cancel")
    def cancel(id_: Id) -> dict[str, bool]:
        """Stop it, where it waits or runs."""
        shelf.get(id_)
        return {"cancelled": jobs.cancel(id_)}

    @app.delete("/api/analyses/{id_}")
    def delete(id_: Id) -> dict[str, bool]:
        """Throw it away with its files."""
        if shelf.get(id_)["status"] in ("queued", "running"):
            raise HTTPException(409, "it is running: cancel it first")
        shelf.delete(id_)
        return {"deleted": True}


def _results(app: FastAPI, shelf: Shelf, jobs: Jobs) -> None:
    def as_report(path: Path) -> HTMLResponse:
        return HTMLResponse(path.read_text("utf-8"), headers={"content-security-policy": REPORT_POLICY})  # fmt: skip

    @app.get("/api/analyses/{id_}/report", response_class=HTMLResponse)
    def report(id_: Id) -> HTMLResponse:
        """Its page."""
        return as_report(shelf.result(id_) / "report.html")

    @app.get("/api/analyses/{id_}/scene", response_class=FileResponse)
    def scene(id_: Id) -> FileResponse:
        """Bodies in motion and the phase of each foot, for the 3-D stage."""
        found = shelf.result(id_).parent / "scene.json"
        if not found.is_file():
            raise HTTPException(404, "there is no such thing")
        return FileResponse(found, media_type="application/json")

    @app.get("/api/analyses/{id_}/files")
    def files(id_: Id) -> list[dict[str, Any]]:
        """What can be downloaded."""
        folder = shelf.result(id_)
        return [{"name": n, "bytes": p.stat().st_size} for n, p in _inside(folder).items()]

    @app.get("/api/analyses/{id_}/files/{name:path}")
    def download(id_: Id, name: str) -> FileResponse:
        """One of them."""
        found = _inside(shelf.result(id_))
        if name not in found:
            raise HTTPException(404, "there is no such thing")
        return FileResponse(found[name], filename=found[name].name, media_type="application/octet-stream")  # fmt: skip

    @app.post("/api/analyses/{id_}/speed")
    async def speed(id_: Id, form: SpeedForm, request: Request) -> dict[str, Any]:
        """The same person at another speed."""
        folder = shelf.result(id_)
        made: dict[str, Any] = await jobs.short("another_speed", {
            "recording": str(folder / "recording.gait"), "speed": form.speed, "out": str(folder / "speeds"),
            "walked_m_s": shelf.get(id_)["facts"].get("speed_m_s"),
        }, request.is_disconnected)  # fmt: skip
        return made

    @app.get("/api/compare", response_class=HTMLResponse)
    async def compare(a: Annotated[str, Query(pattern=ID)], b: Annotated[str, Query(pattern=ID)]) -> HTMLResponse:  # fmt: skip
        """Two analyses side by side."""
        one, two = shelf.result(a), shelf.result(b)
        page = shelf.root / "comparisons" / f"{a}-{b}.html"
        if not page.is_file():
            titles = _apart(shelf.get(a), shelf.get(b))
            await jobs.short("compare", {"a": str(one), "b": str(two), "out": str(page), "titles": titles})  # fmt: skip
        return as_report(page)


def _of(shelf: Shelf, folder: Path, names: list[str]) -> list[str]:
    """These names, where each is a file in a folder of the shelf or a member of an archive there.

    Raises
    ------
    GaitsmithError
        On another name.
    """
    known = {p.name for p in shelf.files(folder)}
    for name in names:
        outer, _, member = name.partition("!")
        # A member is looked up in the archive's own list; nothing of it is a path on the disk.
        fine = not member or (is_archive(Path(outer)) and member.isprintable())
        if outer not in known or not fine or name.endswith("!"):
            raise GaitsmithError("there is no such file here", found=name[:80],
                                 expected=", ".join(sorted(known)) or "an upload first")  # fmt: skip
    return names


def _apart(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    """Two titles that tell the analyses apart: with their files, and else with their place in time."""
    titles = [r["title"] for r in (a, b)]
    if titles[0] == titles[1]:
        files = [", ".join(r["facts"].get("files", [])) for r in (a, b)]
        if files[0] == files[1]:
            earlier = a["made"] <= b["made"]
            files = ["the earlier", "the later"] if earlier else ["the later", "the earlier"]
        titles = [f"{t} ({f[:80]})" for t, f in zip(titles, files, strict=True)]
    return titles


def _inside(folder: Path) -> dict[str, Path]:
    """Plain files under a folder by their relative name; links are no files of ours."""
    return {
        p.relative_to(folder).as_posix(): p
        for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink()
    }  # fmt: skip
