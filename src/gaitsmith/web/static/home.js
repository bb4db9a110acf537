// Files in, what was understood, corrections, analyse.
import { ask, make, number, patiently, picture, problem, table } from "./app.js";
import { columns, places, signs, speaks } from "./columns.js";
import { list } from "./past.js";

const $ = (id) => document.getElementById(id);
// Files in an archive that are read at once; of more, the first alone.
const TOGETHER = 4;
const UNITS = { mass: " kg", height: " m", leg_length: " m", age: " years" };
let draft = null;
// What each file is; members of an archive as "walks.zip!walk.mot".
let roles = {};
let archives = {};

// --- files -----------------------------------------------------------------------------------

async function take(files) {
  const state = $("upload-state");
  try {
    if (draft === null) draft = (await ask("POST", "/api/drafts")).id;
    for (const [i, file] of [...files].entries()) {
      state.textContent = `Receiving ${file.name} (${i + 1} of ${files.length}) …`;
      const kept = await ask("PUT", `/api/drafts/${draft}/files/${encodeURIComponent(file.name)}`, file);
      forget(kept.name);
      roles[kept.name] = role(kept.name);
      if (kept.archive) await open(kept.name, state);
    }
    state.textContent = "";
  } catch (error) {
    failed(state, error);
  }
  showFiles();
  await preview();
}

/** Say what went wrong; where the server threw the upload away meanwhile, begin anew. */
function failed(state, error) {
  if (error.status !== 404) {
    problem(state, error);
    return;
  }
  [draft, roles, archives] = [null, {}, {}];
  showFiles();
  problem($("upload-state"), new Error("the upload was thrown away meanwhile: choose the files again"));
}

/** Offer the files of an archive, where it has several. */
async function open(name, state) {
  const say = (words) => { state.textContent = words; };
  const inside = (await patiently(() => ask("GET", `/api/drafts/${draft}/files/${encodeURIComponent(name)}/members`), () => true, say)).members;
  if (inside.length < 2) return;
  roles[name] = "archive";
  archives[name] = inside;
  let taken = 0;
  const likely = inside.filter((m) => member(m) === "recording").length;
  for (const m of inside) {
    const is = member(m);
    roles[`${name}!${m}`] = is === "recording" && likely > TOGETHER && taken > 0 ? "not used" : is;
    if (is === "recording") taken += 1;
  }
}

function forget(name) {
  for (const key of Object.keys(roles)) if (key === name || key.startsWith(`${name}!`)) delete roles[key];
  delete archives[name];
}

function role(name) {
  if (/\.osim(\.gz)?$/i.test(name)) return "body model";
  // Hints lie beside their recording (walk.toml beside walk.csv) and are read with it.
  if (/\.toml$/i.test(name)) return "not used";
  if (/static|standing|stand\b|neutral/i.test(name)) return "standing trial";
  return "recording";
}

/** As `role`, where files about a recording lie beside it. */
function member(name) {
  return /\.(json|md|rst|xml|ya?ml|html?|pdf|png|jpe?g|py|m|docx?)$|readme|licen[cs]e/i.test(name) ? "not used" : role(name);
}

function recordings() {
  return Object.keys(roles).filter((n) => roles[n] === "recording");
}

function showFiles() {
  $("files").replaceChildren(...Object.keys(roles).map((name) => roles[name] === "archive" ? packed(name) : plain(name)));
  $("understood").hidden = !recordings().length;
}

function plain(name) {
  const inner = name.indexOf("!") + 1;
  const [is, away] = [`What ${name} is`, `Remove ${name}`];
  return make("li", { class: inner ? "member" : "" }, make("bdi", {}, name.slice(inner)),
    make("label", {}, make("span", { class: "unseen" }, is),
      make("select", { onchange: (e) => { roles[name] = e.target.value; $("understood").hidden = !recordings().length; preview(); } },
        ...["recording", "standing trial", "body model", "not used"].map((r) =>
          make("option", { selected: roles[name] === r }, r)))),
    inner ? null : make("button", { type: "button", "aria-label": away, onclick: () => drop(name) }, "Remove"));
}

function packed(name) {
  const all = (is) => {
    for (const m of archives[name]) roles[`${name}!${m}`] = is(m);
    showFiles();
    preview();
  };
  return make("li", {}, make("bdi", {}, name),
    make("span", { class: "hint" }, `an archive of ${archives[name].length} files: choose those that belong to one recording`),
    make("button", { type: "button", "aria-label": `Use all files of ${name}`, onclick: () => all(member) }, "Use all"),
    make("button", { type: "button", "aria-label": `Use no file of ${name}`, onclick: () => all(() => "not used") }, "Use none"),
    make("button", { type: "button", "aria-label": `Remove ${name}`, onclick: () => drop(name) }, "Remove"));
}

async function drop(name) {
  try {
    await ask("DELETE", `/api/drafts/${draft}/files/${encodeURIComponent(name)}`);
    forget(name);
    if (!Object.keys(roles).length) discard();
  } catch (error) {
    failed($("upload-state"), error);
  }
  showFiles();
  await preview();
}

/** Throw the draft away, also while the page is being left. */
function discard() {
  if (draft === null) return;
  fetch(`/api/drafts/${draft}`, { method: "DELETE", keepalive: true, headers: { "x-gaitsmith": "1" } }).catch(() => {});
  draft = null;
}

addEventListener("pagehide", discard);
// Back from another page: the files are gone, and the page says so by being new.
addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });

// --- what was understood -----------------------------------------------------------------------

function hints(said) {
  const form = new FormData($("corrections"));
  const out = { units: {}, placement: {}, columns: {}, signs: {} };
  for (const [key, value] of form.entries()) {
    if (value === "") continue;
    if (key.startsWith("unit:")) out.units[key.slice(5)] = value;
    else if (key.startsWith("place:") && said) out.placement[key.slice(6)] = value;
    else if (key.startsWith("column:") && said) out.columns[key.slice(7)] = value.trim();
    else if (key.startsWith("sign:") && said) out.signs[key.slice(5)] = Number(value);
    else if (["mass", "height", "age", "leg_length", "rate_hz"].includes(key)) out[key] = Number(value);
    else if (["sex", "side", "up"].includes(key)) out[key] = value;
  }
  return out;
}

const format = () => $("format").value || null;
let round = 0;
let asking = null;
let seen = "";

async function preview() {
  const mine = ++round;
  const wanted = () => mine === round;
  if (asking) asking.abort();
  asking = new AbortController();
  const files = recordings();
  if (!files.length) return;
  // Of other files first what they say themselves: what was said of the old ones may not fit.
  const same = files.join("\n") === seen;
  const state = $("preview-state");
  state.textContent = "Reading …";
  $("preview").replaceChildren();
  $("analyse").disabled = true;
  try {
    const about = await patiently(
      () => ask("POST", `/api/drafts/${draft}/preview`, { files, hints: hints(same), format: format() }, asking.signal),
      wanted, (words) => { state.textContent = words; });
    if (!wanted()) return;
    seen = files.join("\n");
    state.textContent = `${about.name || "Without a name"}: ${number(about.duration_s)} s, ${about.streams.length} ` +
      `${about.streams.length === 1 ? "stream" : "streams"}, ${about.events} events in the file.`;
    show(about);
    $("analyse").disabled = false;
    if (!same && ["places", "columns", "signs"].some((id) => speaks($(id)))) await preview();
  } catch (error) {
    if (!wanted()) return;
    failed(state, error);
    const known = error.about && error.about.columns;
    if (known) {
      seen = files.join("\n");
      columns($("columns"), known);
      places($("places"), error.about.sensors || []);
      if (!same && ["places", "columns"].some((id) => speaks($(id)))) return preview();
    }
    $("more").open = true;
  }
}

function show(about) {
  const person = Object.entries(about.person).map(([k, v]) => `${k.replace("_", " ")} ${v}${UNITS[k] || ""}`).join(", ");
  const notes = about.notes.map((n) => make("li", { class: `note ${n.level}` },
    make("span", { class: "badge" }, n.level), " ", n.place ? make("b", {}, `${n.place}: `) : null, n.words));
  $("preview").replaceChildren(
    table("Streams", ["Stream", "Kind", "Rate (Hz)", "Samples", "From (s)", "To (s)"], about.streams.map((s) =>
      [s.name, s.kind, number(s.rate_hz, 5) + (s.even ? "" : " (uneven)"), String(s.samples), number(s.start_s, 4), number(s.end_s, 5)])),
    person ? make("p", {}, `Person, from the files and the fields below: ${person}.`) : make("p", {}, "The files say nothing of the person."),
    about.svg ? picture(about.svg, "Signals as they were read") : make("span"),
    ...about.streams.map((s) => make("details", {}, make("summary", {}, `Channels of ${s.name} (${s.channels.length})`),
      table(`Channels of ${s.name}`, ["Channel", "Unit", "Positive", "Lowest", "Highest", "Missing (%)"], s.channels.map((c) =>
        [c.label, c.unit || "–", c.positive || "as in the file", number(c.low), number(c.high), number(c.missing_percent)])))),
    notes.length ? make("details", { open: true }, make("summary", {}, `${notes.length} assumed or doubted`), make("ul", { class: "all" }, ...notes)) : make("span"));
  places($("places"), about.sensors);
  columns($("columns"), about.columns);
  signs($("signs"), about.signs);
}

$("again").addEventListener("click", preview);
$("corrections").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData($("corrections"));
  const of = (what) => Object.keys(roles).find((n) => roles[n] === what) || null;
  const speed = form.get("speed_m_s");
  try {
    const made = await ask("POST", `/api/drafts/${draft}/analyse`, {
      files: recordings(), hints: hints(true), format: format(), title: form.get("title"), static: of("standing trial"), osim: of("body model"),
      events: form.get("events"), population: form.get("population"),
      without: [...document.querySelectorAll("#estimates input:not(:checked)")].map((i) => i.value), speed_m_s: speed === "" ? null : Number(speed),
    });
    draft = null;
    location.href = `/analysis/${made.id}`;
  } catch (error) {
    failed($("preview-state"), error);
  }
});

$("pick").addEventListener("change", async (e) => {
  await take(e.target.files);
  // The same file can be chosen again.
  e.target.value = "";
});
const area = $("drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  area.addEventListener(kind, (e) => {
    e.preventDefault();
    area.classList.toggle("over", kind === "dragover");
    if (kind === "drop") take(e.dataTransfer.files);
  });
}

ask("GET", "/api/about").then((about) => {
  $("pick").accept = about.suffixes.join(",");
  $("kinds").textContent += ` At most ${about.file_mb} MB a file.`;
  $("known-columns").replaceChildren(...about.columns.map((c) => make("option", { value: c })));
  $("format").append(...Object.entries(about.formats).map(([short, name]) => make("option", { value: short }, name)));
}).catch(() => {});
list();
