// What both pages share: asking the server, and making elements without markup from outside.

/** Ask the server; what it answers, or an Error with its words, `status` and `about` (all it said). */
export async function ask(method, path, body, signal) {
  const options = { method, signal, headers: { "x-gaitsmith": "1" } };
  if (body instanceof Blob) {
    options.body = body;
  } else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["content-type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("the server does not answer: is it still running?");
  }
  const text = await answer.text();
  let value = text;
  try {
    value = JSON.parse(text);
  } catch {
    // Plain words.
  }
  if (!answer.ok) {
    const detail = value && value.detail !== undefined ? value.detail : value;
    const error = new Error(Array.isArray(detail) ? detail.map(said).join("\n") : String(detail));
    throw Object.assign(error, { status: answer.status, about: value });
  }
  return value;
}

/** Ask again while the server is busy, as long as `wanted()`; `say` hears of each time. */
export async function patiently(asking, wanted, say) {
  for (let times = 0; ; times++) {
    try {
      return await asking();
    } catch (error) {
      if (error.status !== 503 || times >= 30 || !wanted()) throw error;
      say("The server is busy: it is asked again …");
      await new Promise((done) => setTimeout(done, 2000));
      if (!wanted()) throw error;
    }
  }
}

/** What can be seen of a title; the files where nothing can. */
export function named(row) {
  const seen = row.title.replace(/\p{C}/gu, "").trim();
  return seen || (row.facts.files || []).join(", ") || "without a name";
}

function said(one) {
  return `${(one.loc || []).slice(1).join(" ")}: ${one.msg}`;
}

/** An element with attributes and children; text is text, never markup. */
export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((c) => c !== null && c !== undefined));
  return made;
}

/** Show a problem's words. */
export function problem(place, error) {
  place.replaceChildren(make("span", { class: "problem" }, error.message));
}

/** A table with a caption. */
export function table(caption, columns, rows) {
  return make(
    "div", { class: "table" },
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Table: ${caption}` },
      make("table", {},
        make("caption", {}, make("strong", {}, caption)),
        make("thead", {}, make("tr", {}, ...columns.map((c) => make("th", { scope: "col" }, c)))),
        make("tbody", {}, ...rows.map((r) => make("tr", {}, ...r.map((c) => make("td", {}, c)))))))
  );
}

/** Pictures that our own server drew: SVG without scripts (the page's policy forbids them too). */
export function picture(svg, title) {
  const holder = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title });
  holder.innerHTML = svg;
  return make("figure", { class: "card" }, make("figcaption", {}, title), holder);
}

export function number(value, digits = 3) {
  return value === null || value === undefined ? "–" : String(Number(value.toPrecision(digits)));
}
