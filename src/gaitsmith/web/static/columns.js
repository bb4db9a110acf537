// Fields that depend on the files: where each sensor sits, what each column is.
import { make } from "./app.js";

const PLACES = ["foot_l", "foot_r", "shank_l", "shank_r", "thigh_l", "thigh_r", "lower_back", "pelvis", "chest"];

/** One field a name; those of names that are there still keep what was said. */
function fill(box, names, control, words = () => "") {
  const place = box.querySelector(".fields");
  box.hidden = !names.length;
  const now = JSON.stringify(names);
  if (place.dataset.names === now) return;
  const said = new Map([...place.querySelectorAll("input, select")].map((c) => [c.name, c.value]));
  place.dataset.names = now;
  place.replaceChildren(...names.map((name) => {
    const made = control(name);
    made.value = said.get(made.name) || "";
    return make("label", {}, make("bdi", {}, name), words(name) ? make("small", {}, words(name)) : null, made);
  }));
}

/** Where each sensor sits. */
export function places(box, names) {
  fill(box, names, (name) => make("select", { name: `place:${name}` },
    make("option", { value: "" }, "as read"), ...PLACES.map((p) => make("option", {}, p))));
}

/** What each column is; `columns` as the server lists them. */
export function columns(box, list) {
  const is = new Map(list.map((c) => [c.name, c.is]));
  fill(box, list.map((c) => c.name), (name) => make("input", {
    name: `column:${name}`, list: "known-columns", autocomplete: "off", placeholder: is.get(name) || "not understood", maxlength: "120" }));
}

/** Which way each column counts; `list` as the server has it. */
export function signs(box, list) {
  const about = new Map(list.map((c) => [c.name, c]));
  fill(box, list.map((c) => c.name), (name) => {
    const { positive, turned } = about.get(name);
    return make("select", { name: `sign:${name}`, title: positive ? `positive: ${positive}` : null },
      make("option", { value: "" }, turned ? "as read: turned" : "as read"),
      make("option", { value: "1" }, "as in the file"),
      make("option", { value: "-1" }, "turned round"));
  }, (name) => about.get(name).positive && `positive: ${about.get(name).positive}`);
}

/** Whether any of these fields says something. */
export function speaks(box) {
  return [...box.querySelectorAll("input, select")].some((c) => c.value !== "");
}
